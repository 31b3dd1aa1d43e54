package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
)

// times are the middle times of a run's rows, in seconds, kept for the run with ten times the rows.
type times struct {
	Scale int
	P50   map[string]float64
}

// readTimes reads what an earlier run has kept; nothing when there is no file.
func readTimes(file string) (t times, err error) {
	if file == "" {
		return t, nil
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &t)
	}
	return t, err
}

func (t times) write(file string) error {
	if file == "" {
		return nil
	}
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o600)
}

// factor is how many times as long a row takes as with a tenth of the rows; 0 when that was not measured.
func (t times) factor(scale int, name string, now figures) float64 {
	if t.Scale*10 != scale || t.P50[name] == 0 {
		return 0
	}
	return now.p50.Seconds() / t.P50[name]
}
