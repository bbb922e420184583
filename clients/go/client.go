package ipftrace

import (
	"crypto/tls"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

// Version is that of this package and of the contract that it is made from.
const Version = "0.1.0"

// DefaultAddress is where ipftraced listens unless it is told otherwise.
const DefaultAddress = "unix:/run/ipftrace/ipftraced.sock"

const (
	// The HTTP/2 default of 64 KiB lets a server stall for every round trip.
	windowBytes = 4 << 20
	// A page of functions, or the dictionary of a large manifest, may exceed the default of 4 MiB.
	maxMessageBytes = 64 << 20

	keepaliveTime    = 30 * time.Second
	keepaliveTimeout = 10 * time.Second
	connectTimeout   = 5 * time.Second
)

// A trace that begins anew should not wait longer than its own delay.
var connectDelays = backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 5 * time.Second}

// Client is a connection to one server. It may be used by many goroutines at the same time.
type Client struct {
	conn     *grpc.ClientConn
	traces   pb.TraceServiceClient
	sessions pb.SessionServiceClient
}

type dialOptions struct {
	tls  *tls.Config
	grpc []grpc.DialOption
}

// DialOption is an option of [Dial].
type DialOption func(*dialOptions)

// WithTLS encrypts the connection. [LoadTLS] makes a configuration from PEM files.
func WithTLS(config *tls.Config) DialOption {
	return func(o *dialOptions) { o.tls = config }
}

// WithGRPC adds options of the gRPC library, after those of this package.
func WithGRPC(options ...grpc.DialOption) DialOption {
	return func(o *dialOptions) { o.grpc = append(o.grpc, options...) }
}

// Dial makes a client of the server at address: "unix:PATH" or "HOST:PORT". Without [WithTLS] the
// connection is not encrypted, which servers accept on a unix socket and on loopback only.
//
// The connection is made by the first call, which tells why there is none. A proxy of the
// environment (http_proxy) is not used.
func Dial(address string, options ...DialOption) (*Client, error) {
	if !strings.HasPrefix(address, "unix:") && !strings.Contains(address, ":") {
		return nil, fmt.Errorf("ipftrace: %q is not an address: give unix:PATH or HOST:PORT", address)
	}
	var o dialOptions
	for _, option := range options {
		option(&o)
	}
	transport := insecure.NewCredentials()
	if o.tls != nil {
		transport = credentials.NewTLS(o.tls)
	}
	conn, err := grpc.NewClient(address, append([]grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithNoProxy(),
		grpc.WithUserAgent("ipftrace-go/" + Version),
		grpc.WithDisableServiceConfig(),
		grpc.WithInitialWindowSize(windowBytes),
		grpc.WithInitialConnWindowSize(windowBytes),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: connectDelays, MinConnectTimeout: connectTimeout}),
		grpc.WithChainUnaryInterceptor(limitTime),
	}, o.grpc...)...)
	if err != nil {
		return nil, fmt.Errorf("ipftrace: %w", err)
	}
	return &Client{conn, pb.NewTraceServiceClient(conn), pb.NewSessionServiceClient(conn)}, nil
}

// Traces calls the methods of TraceService. Those that answer once get a deadline of two minutes (ten
// seconds where the kernel takes no part) unless their context has one.
func (c *Client) Traces() pb.TraceServiceClient { return c.traces }

// Sessions calls the methods of SessionService, with deadlines as [Client.Traces].
func (c *Client) Sessions() pb.SessionServiceClient { return c.sessions }

// Close ends the connection and all traces of this client.
func (c *Client) Close() error { return c.conn.Close() }
