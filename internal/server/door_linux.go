package server

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// doorTime bounds waiting for connections that stand before the door.
const doorTime = 500 * time.Millisecond

// shutDoor leaves room for one connection in the listener's queue and waits until nobody stands in it: closing a
// listener resets what waits there, with the requests that were sent already.
func shutDoor(l net.Listener) {
	in, ok := l.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := in.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { _ = unix.Listen(int(fd), 0) }) // at worst the queue stays as long as it was
	for range int(doorTime / time.Millisecond) {
		if !queued(raw) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// queued reports connections that are complete and not taken yet, which a listener counts as unacknowledged.
func queued(raw syscall.RawConn) (yes bool) {
	_ = raw.Control(func(fd uintptr) { // a listener that is closed has none
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		yes = err == nil && info.Unacked > 0
	})
	return yes
}
