package server

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/throughlinehq/throughline/internal/platform/jobs"
)

// queueCollector reads the queue's numbers when it is scraped.
type queueCollector struct {
	stats func(ctx context.Context) (jobs.Stats, error)
}

func queueDesc() (waiting, oldest *prometheus.Desc) {
	return prometheus.NewDesc("throughline_jobs", "Background jobs by state, up to a bound.", []string{"state"}, nil),
		prometheus.NewDesc("throughline_jobs_oldest_due_timestamp_seconds", "Since when the job that waits longest is due; absent for none.", nil, nil)
}

// Describe names the numbers.
func (*queueCollector) Describe(ch chan<- *prometheus.Desc) {
	waiting, oldest := queueDesc()
	ch <- waiting
	ch <- oldest
}

// Collect reads them; when the database does not answer they are absent.
func (c *queueCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second) //nolint:forbidigo // the interface has no context
	defer cancel()
	s, err := c.stats(ctx)
	if err != nil {
		return
	}
	waiting, oldest := queueDesc()
	for state, n := range map[jobs.State]int64{jobs.Queued: s.Queued, jobs.Running: s.Running, jobs.Dead: s.Dead} {
		ch <- prometheus.MustNewConstMetric(waiting, prometheus.GaugeValue, float64(n), string(state))
	}
	if !s.OldestDue.IsZero() {
		ch <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, float64(s.OldestDue.Unix()))
	}
}
