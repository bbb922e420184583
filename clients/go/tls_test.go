package ipftrace_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	ipftrace "github.com/ipftrace/ipftrace/clients/go"
	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

// authority signs certificates for the files of a test.
type authority struct {
	folder string
	key    *ecdsa.PrivateKey
	root   *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{folder: t.TempDir()}
	a.root = &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "test"},
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	a.key = a.write(t, "ca", a.root, nil)
	return a
}

func (a *authority) path(name string) string { return filepath.Join(a.folder, name) }

// write makes NAME.pem and NAME.key.
func (a *authority) write(t *testing.T, name string, template *x509.Certificate, signer *ecdsa.PrivateKey) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]*pem.Block{
		".pem": {Type: "CERTIFICATE", Bytes: der},
		".key": {Type: "PRIVATE KEY", Bytes: private},
	}
	for suffix, block := range blocks {
		if err := os.WriteFile(a.path(name+suffix), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return key
}

func (a *authority) issue(t *testing.T, name string) {
	t.Helper()
	a.write(t, name, &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotAfter:     time.Now().Add(time.Hour),
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.key)
}

func TestTLS(t *testing.T) {
	signed, other := newAuthority(t), newAuthority(t)
	signed.issue(t, "node")
	signed.issue(t, "reader")
	other.issue(t, "reader")
	certificate, err := tls.LoadX509KeyPair(signed.path("node.pem"), signed.path("node.key"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(read(t, signed.path("ca.pem")))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	start(t, listener, &server{}, grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    roots,
		MinVersion:   tls.VersionTLS13,
	})))
	own := ipftrace.TLSFiles{
		CA: signed.path("ca.pem"), Certificate: signed.path("reader.pem"), Key: signed.path("reader.key"), ServerName: "node",
	}
	for _, one := range []struct {
		name  string
		files func(*ipftrace.TLSFiles)
		works bool
	}{
		{"with its own certificate", func(*ipftrace.TLSFiles) {}, true},
		{"without one", func(f *ipftrace.TLSFiles) { f.Certificate, f.Key = "", "" }, false},
		{"with a stranger's", func(f *ipftrace.TLSFiles) {
			f.Certificate, f.Key = other.path("reader.pem"), other.path("reader.key")
		}, false},
		{"to a stranger's server", func(f *ipftrace.TLSFiles) { f.CA = other.path("ca.pem") }, false},
		{"to a server of another name", func(f *ipftrace.TLSFiles) { f.ServerName = "elsewhere" }, false},
	} {
		t.Run(one.name, func(t *testing.T) {
			files := own
			one.files(&files)
			config, err := ipftrace.LoadTLS(files)
			if err != nil {
				t.Fatal(err)
			}
			client := dial(t, listener.Addr().String(), ipftrace.WithTLS(config))
			_, err = client.Traces().GetNode(t.Context(), &pb.GetNodeRequest{})
			if (err == nil) != one.works {
				t.Error(err)
			}
		})
	}
	t.Run("not encrypted", func(t *testing.T) {
		client := dial(t, listener.Addr().String())
		if _, err := client.Traces().GetNode(t.Context(), &pb.GetNodeRequest{}); err == nil {
			t.Error("the server answered")
		}
	})
}

func TestBadTLSFiles(t *testing.T) {
	a := newAuthority(t)
	a.issue(t, "reader")
	for name, files := range map[string]ipftrace.TLSFiles{
		"no such file":       {CA: a.path("nobody.pem")},
		"no certificate":     {CA: a.path("reader.key")},
		"no key":             {Certificate: a.path("reader.pem")},
		"another one's key":  {Certificate: a.path("reader.pem"), Key: a.path("ca.key")},
		"key without a cert": {Key: a.path("reader.key")},
	} {
		if _, err := ipftrace.LoadTLS(files); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
