package config

import (
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/ratelimit"
)

// Bytes is a size; it is written as "10MiB", "64KiB" or a plain number.
type Bytes int64

// Config is everything an operator can set. A field's env tag is its name in the file and, after
// THROUGHLINE_, in the environment; show:"place" prints a URL without its user, password and parameters.
// A Config from Load has been checked.
type Config struct {
	Listen        string `env:"LISTEN" default:"127.0.0.1:8080" doc:"Address and port to serve on."`
	BaseURL       string `env:"BASE_URL" doc:"Public address of this service, as in links that are sent out. Empty means http:// and the listen address."`
	Hosts         string `env:"HOSTS" doc:"Base domain whose first label names a workspace: with throughline.example, acme.throughline.example is the workspace acme. Empty means workspaces are not told by host. Names under localhost always work."`
	MetricsListen string `env:"METRICS_LISTEN" doc:"Address and port for metrics, apart from the public one. Empty turns them off."`

	DataDir     string `env:"DATA_DIR" default:"./data" doc:"Folder for the SQLite database, files and the key."`
	DatabaseURL Secret `env:"DATABASE_URL" show:"place" doc:"postgres://user:password@host/name to use PostgreSQL. Empty means SQLite in the data folder."`
	AppURL      Secret `env:"DATABASE_APP_URL" show:"place" doc:"The same database with a second login that owns nothing, for every statement of a workspace. Empty means a role that the login of DATABASE_URL takes for each transaction. See Row-level security in the operations manual."`
	RowSecurity string `env:"ROW_SECURITY" default:"auto" oneof:"auto,on,off" doc:"Whether PostgreSQL itself keeps workspaces apart, as a second net: auto when the login may make the role for it, on to refuse to start otherwise, off to do without."`
	DBMaxConns  int    `env:"DB_MAX_CONNS" default:"0" min:"0" max:"1000" doc:"Most database connections for reading. 0 means one per core on SQLite and four on PostgreSQL."`
	SecretKey   Secret `env:"SECRET_KEY" doc:"32 bytes in hex or base64 that sign sessions and encrypt stored credentials. Empty means the file secret.key in the data folder, made at the first start."`

	RedisURL  Secret        `env:"REDIS_URL" show:"place" doc:"redis://user:password@host:6379/0, or rediss:// for TLS: what several processes share beside the database. Empty means that there is one process, or that each counts limits and shows live events for itself."`
	DrainWait time.Duration `env:"DRAIN_WAIT" default:"0s" min:"0s" max:"5m" doc:"How long a process that is told to stop goes on answering while it says that it is not ready, so that a load balancer sends nobody any more. Longer than the balancer takes to notice; 0s without one."`

	SMTPURL  Secret `env:"SMTP_URL" show:"place" doc:"Mail server: smtp://user:password@host:587?tls=starttls, where tls is starttls, tls or none, and &timeout=30s may say how long the server has for an answer. Empty means mail waits in the outbox and is not sent."`
	MailFrom string `env:"MAIL_FROM" doc:"Sender of mail, such as Acme Help <help@acme.example>. Needed with SMTP_URL."`

	RequestTimeout time.Duration `env:"REQUEST_TIMEOUT" default:"20s" min:"1s" max:"10m" doc:"Longest that a request waits for the database, a quarter of it for a free connection. Then it is answered with 503 and Retry-After."`

	Workers   int    `env:"WORKERS" default:"cores" min:"0" max:"1024" doc:"How many background jobs run at once in this process; cores means as many as the machine has, 0 means none."`
	LogLevel  string `env:"LOG_LEVEL" default:"info" oneof:"debug,info,warn,error" doc:"Least severity that is logged."`
	LogFormat string `env:"LOG_FORMAT" default:"text" oneof:"text,json" doc:"Form of the log."`

	AnonymousLimit ratelimit.Limit `env:"ANONYMOUS_LIMIT" default:"100/10m" doc:"Requests per address without sign-in, such as 100/10m, or off."`
	UserLimit      ratelimit.Limit `env:"USER_LIMIT" default:"3000/1m" doc:"Requests per signed-in user, or off."`
	SignInLimit    ratelimit.Limit `env:"SIGN_IN_LIMIT" default:"10/10m" doc:"Attempts to sign in per address and account, or off."`

	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES" doc:"Networks of proxies whose X-Forwarded-For or Forwarded header is believed, separated by commas."`
	CORSOrigins    []string       `env:"CORS_ORIGINS" doc:"Other web origins that may call the API from a browser, such as https://shop.example, separated by commas."`

	MaxBody   Bytes `env:"MAX_BODY" default:"1MiB" min:"1024" max:"1073741824" doc:"Largest request body."`
	MaxUpload Bytes `env:"MAX_UPLOAD" default:"10MiB" min:"1024" max:"1073741824" doc:"Largest uploaded file."`

	SessionLifetime time.Duration `env:"SESSION_LIFETIME" default:"720h" min:"5m" max:"8760h" doc:"How long a sign-in lasts without being used."`
	AccessLifetime  time.Duration `env:"ACCESS_LIFETIME" default:"15m" min:"10s" max:"24h" doc:"How long an access token lasts before it must be refreshed."`

	AllowPrivateNetworks bool `env:"ALLOW_PRIVATE_NETWORKS" default:"false" doc:"Let webhooks and connections reach private and local addresses. Turn on only where every administrator may reach the inner network."`

	sources map[string]string // per env name: default, file or environment
	path    string            // the file that was read, if any
}

// File is the path of the file that was read, or empty.
func (c Config) File() string { return c.path }

// HTTPS reports whether the public address is encrypted, so that cookies can demand it.
func (c Config) HTTPS() bool { return strings.HasPrefix(c.BaseURL, "https://") }

// WorkspaceLabel is the workspace that a request's Host names: the one label in front of the base domain or
// of localhost, lower-cased. It is empty when the host names none.
func (c Config) WorkspaceLabel(host string) string {
	u, err := url.Parse("//" + host)
	if err != nil {
		return ""
	}
	name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	for _, base := range []string{"localhost", c.Hosts} {
		label, found := strings.CutSuffix(name, "."+base)
		if base != "" && found && isLabel(label) {
			return label
		}
	}
	return ""
}

// isLabel reports one DNS label in lower case.
func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return true
}
