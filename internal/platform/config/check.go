package config

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/throughlinehq/throughline/internal/platform/redis"
)

// settle derives what was left empty and checks what a single value cannot tell. It returns problems.
func (c *Config) settle() []string {
	var problems []string
	wrong := func(env, format string, args ...any) {
		problems = append(problems, Prefix+env+": "+fmt.Sprintf(format, args...))
	}
	if !isListen(c.Listen) {
		wrong("LISTEN", "want an address and port such as 127.0.0.1:8080; found %q", c.Listen)
	}
	if c.MetricsListen != "" && (!isListen(c.MetricsListen) || c.MetricsListen == c.Listen) {
		wrong("METRICS_LISTEN", "want an address and port other than LISTEN; found %q", c.MetricsListen)
	}
	c.settleBaseURL(wrong)
	if c.Hosts = strings.ToLower(strings.TrimPrefix(c.Hosts, "*.")); c.Hosts != "" && !isDomain(c.Hosts) {
		wrong("HOSTS", "want a domain such as throughline.example; found %q", c.Hosts)
	}
	if c.DatabaseURL.IsSet() {
		u, err := url.Parse(c.DatabaseURL.Reveal())
		if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || u.Path == "" {
			wrong("DATABASE_URL", "want postgres://user:password@host:5432/name; found something else (not shown, it may hold a password)")
		}
	}
	c.settleRowSecurity(wrong)
	if c.RedisURL.IsSet() {
		if err := redis.Check(c.RedisURL.Reveal()); err != nil {
			wrong("REDIS_URL", "%v; found something else (not shown, it may hold a password)", err)
		}
	}
	c.settleMail(wrong)
	if c.SecretKey.IsSet() {
		if _, ok := DecodeKey(c.SecretKey.Reveal()); !ok {
			wrong("SECRET_KEY", "want 32 bytes as 64 hex digits or 44 characters of base64; found a secret of %d characters", len(c.SecretKey.Reveal()))
		}
	}
	for i, o := range c.CORSOrigins {
		u, err := url.Parse(o)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
			wrong("CORS_ORIGINS", "want origins such as https://shop.example, separated by commas; found %q", o)
			continue
		}
		c.CORSOrigins[i] = u.Scheme + "://" + strings.ToLower(u.Host)
	}
	if c.AccessLifetime > c.SessionLifetime {
		wrong("ACCESS_LIFETIME", "want at most SESSION_LIFETIME (%s); found %s", c.SessionLifetime, c.AccessLifetime)
	}
	return problems
}

func (c *Config) settleRowSecurity(wrong func(env, format string, args ...any)) {
	if c.RowSecurity == "on" && !c.DatabaseURL.IsSet() {
		wrong("ROW_SECURITY", "want auto or off without DATABASE_URL, since SQLite has no row-level security; found on")
	}
	if !c.AppURL.IsSet() {
		return
	}
	u, err := url.Parse(c.AppURL.Reveal())
	switch {
	case err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || u.Path == "" || u.User == nil:
		wrong("DATABASE_APP_URL", "want postgres://user:password@host:5432/name; found something else (not shown, it may hold a password)")
	case !c.DatabaseURL.IsSet():
		wrong("DATABASE_APP_URL", "want nothing without DATABASE_URL; found a login")
	case c.RowSecurity == "off":
		wrong("DATABASE_APP_URL", "want nothing while ROW_SECURITY is off; found a login")
	}
}

func (c *Config) settleBaseURL(wrong func(env, format string, args ...any)) {
	if c.BaseURL == "" {
		host, port, err := net.SplitHostPort(c.Listen)
		if err != nil {
			return // LISTEN has been complained about
		}
		if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
			host = "localhost"
		}
		c.BaseURL = "http://" + net.JoinHostPort(host, port)
		return
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		wrong("BASE_URL", "want http:// or https:// and a host, such as https://help.acme.example; found %q", c.BaseURL)
		return
	}
	c.BaseURL = u.Scheme + "://" + strings.ToLower(u.Host)
}

func (c *Config) settleMail(wrong func(env, format string, args ...any)) {
	if c.SMTPURL.IsSet() {
		u, err := url.Parse(c.SMTPURL.Reveal())
		if err != nil || u.Scheme != "smtp" || u.Hostname() == "" || !slices.Contains([]string{"", "starttls", "tls", "none"}, u.Query().Get("tls")) {
			wrong("SMTP_URL", "want smtp://user:password@host:587?tls=starttls, where tls is starttls, tls or none; found something else (not shown, it may hold a password)")
		} else if d, err := time.ParseDuration(cmp.Or(u.Query().Get("timeout"), "30s")); err != nil || d < time.Second || d > 10*time.Minute {
			wrong("SMTP_URL", "want a timeout from 1s to 10m; found something else")
		}
		if c.MailFrom == "" {
			wrong("MAIL_FROM", "want the sender of mail, since SMTP_URL is set; found nothing")
		}
	}
	if c.MailFrom != "" {
		if _, err := mail.ParseAddress(c.MailFrom); err != nil {
			wrong("MAIL_FROM", "want an address such as Acme Help <help@acme.example>; found %q", c.MailFrom)
		}
	}
}

// DecodeKey reads 32 bytes from hex or base64 (standard or URL alphabet, padded or not).
func DecodeKey(s string) ([]byte, bool) {
	if b, err := hex.DecodeString(s); err == nil && len(b) == 32 {
		return b, true
	}
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	b, err := base64.RawStdEncoding.DecodeString(plain)
	return b, err == nil && len(b) == 32
}

func isListen(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	n, err := strconv.Atoi(port)
	return err == nil && n >= 0 && n <= 65535
}

func isDomain(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return false
		}
	}
	return len(s) <= 253
}
