package server

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/throughlinehq/throughline/internal/platform/db"
	"github.com/throughlinehq/throughline/internal/platform/httpx"
	"github.com/throughlinehq/throughline/internal/platform/jobs"
)

// Metrics are what operators watch. Labels hold routes and kinds, never what a client sent.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	jobs     *prometheus.CounterVec
	jobTime  *prometheus.HistogramVec
}

// NewMetrics makes the instruments. streams tells how many live streams are open.
func NewMetrics(d *db.DB, streams func() int) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "throughline_http_requests_total", Help: "Answered requests.",
		}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "throughline_http_request_seconds", Help: "Time to answer.",
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route"}),
		jobs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "throughline_job_attempts_total", Help: "Attempts at background jobs by what became of them.",
		}, []string{"kind", "state"}),
		jobTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "throughline_job_seconds", Help: "Time of one attempt.",
			Buckets: []float64{.005, .025, .1, .5, 1, 5, 30, 120, 600},
		}, []string{"kind"}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.jobs, m.jobTime,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "throughline_db_round_trips_total", Help: "Statements sent to the database.",
		}, func() float64 { return float64(d.Trips()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "throughline_db_connections_in_use", Help: "Reading connections at work.",
		}, func() float64 { return float64(d.Pool().InUse) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "throughline_db_connections_max", Help: "Most reading connections.",
		}, func() float64 { return float64(d.Pool().MaxOpenConnections) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "throughline_db_waits_total", Help: "How often a reader waited for a connection.",
		}, func() float64 { return float64(d.Pool().WaitCount) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "throughline_db_waiting", Help: "Reads and changes that stand in line for the database.",
		}, func() float64 { waiting, _ := d.Line(); return float64(waiting) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "throughline_db_refusals_total", Help: "Reads and changes that were refused because too much waited.",
		}, func() float64 { _, refused := d.Line(); return float64(refused) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "throughline_live_streams", Help: "Open event streams.",
		}, func() float64 { return float64(streams()) }),
	)
	return m
}

// Job takes note of a job's change, for jobs.Options.OnChange.
func (m *Metrics) Job(c jobs.Change) {
	if c.Took <= 0 {
		return // progress
	}
	m.jobs.WithLabelValues(c.Kind, string(c.State)).Inc()
	m.jobTime.WithLabelValues(c.Kind).Observe(c.Took.Seconds())
}

// Shared is what replicas have through Redis, for metrics.
type Shared struct {
	Up       func() bool  // others are heard
	Replicas func() int   // processes that answer requests, as far as this one knows
	Gaps     func() int64 // how often something may have been missed
	Alone    func() int64 // uses of limits counted without the others
}

// WatchShared adds how well this process hears the others.
func (m *Metrics) WatchShared(s Shared) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "throughline_redis_up", Help: "1 while other processes are heard through Redis.",
		}, func() float64 {
			if s.Up() {
				return 1
			}
			return 0
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "throughline_replicas", Help: "Processes that answer requests, this one included, when all were last heard.",
		}, func() float64 { return float64(s.Replicas()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "throughline_redis_gaps_total", Help: "How often something may have been missed and was read from the database.",
		}, func() float64 { return float64(s.Gaps()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "throughline_limits_alone_total", Help: "Uses of rate limits that this process counted without the others.",
		}, func() float64 { return float64(s.Alone()) }),
	)
}

// WatchQueue adds how much work waits, read at most once per scrape.
func (m *Metrics) WatchQueue(stats func(ctx context.Context) (jobs.Stats, error)) {
	m.registry.MustRegister(&queueCollector{stats: stats})
}

func (m *Metrics) observer() func(httpx.Observation) {
	if m == nil {
		return nil
	}
	return func(o httpx.Observation) {
		m.requests.WithLabelValues(o.Method, o.Route, strconv.Itoa(o.Status)).Inc()
		m.duration.WithLabelValues(o.Route).Observe(o.Duration.Seconds())
	}
}

func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: 5 * time.Second, MaxRequestsInFlight: 3})
}
