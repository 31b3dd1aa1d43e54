package config

import (
	"encoding"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// set parses one value into its field and checks the bounds in its tags.
func set(v reflect.Value, f reflect.StructField, text string) error {
	switch p := v.Addr().Interface().(type) {
	case *Secret:
		*p = NewSecret(text)
		return nil
	case *string:
		return setString(p, f, text)
	case *bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("want true or false")
		}
		*p = b
		return nil
	case *int:
		return setInt(p, f, text)
	case *Bytes:
		return setBytes(p, f, text)
	case *time.Duration:
		return setDuration(p, f, text)
	case *[]string:
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				*p = append(*p, item)
			}
		}
		return nil
	case *[]netip.Prefix:
		return setPrefixes(p, text)
	case encoding.TextUnmarshaler:
		return p.UnmarshalText([]byte(text))
	}
	return fmt.Errorf("no parser for %s", f.Type)
}

func setString(p *string, f reflect.StructField, text string) error {
	*p = text
	list := f.Tag.Get("oneof")
	if list == "" {
		return nil
	}
	for one := range strings.SplitSeq(list, ",") {
		if one == text {
			return nil
		}
	}
	return fmt.Errorf("want one of %s", strings.ReplaceAll(list, ",", ", "))
}

func setInt(p *int, f reflect.StructField, text string) error {
	if text == "cores" && f.Tag.Get("default") == "cores" {
		*p = runtime.GOMAXPROCS(0)
		return nil
	}
	low, _ := strconv.Atoi(f.Tag.Get("min"))
	high, _ := strconv.Atoi(f.Tag.Get("max"))
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return fmt.Errorf("want a whole number from %d to %d", low, high)
	}
	*p = n
	return nil
}

func setBytes(p *Bytes, f reflect.StructField, text string) error {
	low, _ := strconv.ParseInt(f.Tag.Get("min"), 10, 64)
	high, _ := strconv.ParseInt(f.Tag.Get("max"), 10, 64)
	n, ok := parseBytes(text)
	if !ok || n < low || n > high {
		return fmt.Errorf("want a size from %s to %s, such as 10MiB", Bytes(low), Bytes(high))
	}
	*p = Bytes(n)
	return nil
}

func parseBytes(text string) (int64, bool) {
	unit := int64(1)
	for _, u := range []struct {
		suffix string
		size   int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}} {
		if number, found := strings.CutSuffix(text, u.suffix); found {
			text, unit = strings.TrimSpace(number), u.size
			break
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/unit {
		return 0, false
	}
	return n * unit, true
}

// String is the form with the largest unit that fits exactly.
func (b Bytes) String() string {
	n := int64(b)
	switch {
	case n != 0 && n%(1<<30) == 0:
		return strconv.FormatInt(n>>30, 10) + "GiB"
	case n != 0 && n%(1<<20) == 0:
		return strconv.FormatInt(n>>20, 10) + "MiB"
	case n != 0 && n%(1<<10) == 0:
		return strconv.FormatInt(n>>10, 10) + "KiB"
	}
	return strconv.FormatInt(n, 10) + "B"
}

func setDuration(p *time.Duration, f reflect.StructField, text string) error {
	low, _ := time.ParseDuration(f.Tag.Get("min"))
	high, _ := time.ParseDuration(f.Tag.Get("max"))
	d, err := time.ParseDuration(text)
	if err != nil || d < low || d > high {
		return fmt.Errorf("want a time from %s to %s, such as 90m or 48h", low, high)
	}
	*p = d
	return nil
}

func setPrefixes(p *[]netip.Prefix, text string) error {
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		if a, err := netip.ParseAddr(item); err == nil {
			*p = append(*p, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(item)
		if err != nil {
			return errors.New("want networks such as 10.0.0.0/8, separated by commas")
		}
		if prefix.Bits() == 0 {
			return errors.New("want the networks of the proxies; the whole internet would let anybody claim any address")
		}
		*p = append(*p, prefix.Masked())
	}
	return nil
}
