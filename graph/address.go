package graph

import (
	"net/http"
	"net/netip"
	"strings"
)

// addressOf is where a request comes from: its peer, or, when the peer is a machine of the house, what that says of
// the one before it. Of IPv6 the network counts: who has one address has 2^64 of them. "" where it cannot be told.
func addressOf(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	address := peer.Addr().Unmap()
	if address.IsLoopback() || address.IsPrivate() {
		// The last entry is the proxy's own; those before it are the sender's to make up.
		all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if before, err := netip.ParseAddr(strings.TrimSpace(all[len(all)-1])); err == nil {
			address = before.Unmap()
		}
	}
	if address.Is6() {
		network, _ := address.WithZone("").Prefix(64) // 64 bits an IPv6 address has
		return network.String()
	}
	return address.String()
}
