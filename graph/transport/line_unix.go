//go:build unix

package transport

import (
	"errors"
	"syscall"
)

// attempts says whether the kernel can be asked to take what it takes at once.
const attempts = true

// writeNow writes what the kernel takes at once; again says that it takes nothing at present.
func writeNow(fd uintptr, b []byte) (n int, again bool, err error) {
	for {
		n, err = syscall.Write(int(fd), b)
		switch {
		case err == nil:
			return n, false, nil
		case errors.Is(err, syscall.EAGAIN):
			return 0, true, nil
		case !errors.Is(err, syscall.EINTR):
			return 0, false, err
		}
	}
}
