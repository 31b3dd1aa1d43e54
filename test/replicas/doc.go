// Package replicas proves that several processes are one installation: three of the real program on one PostgreSQL
// and one Redis, behind the balancer of deploy/haproxy.cfg without sticky sessions.
package replicas
