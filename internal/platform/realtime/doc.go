// Package realtime carries events to the browsers that are looking, within this process: a hub with bounded
// streams, their form on the wire (Server-Sent Events), and the form in which processes hand events on. It promises nothing: what must not be missed is
// in the event table, from which a stream resumes. Which events a person may see is the caller's filter.
package realtime
