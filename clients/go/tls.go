package ipftrace

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// TLSFiles names the PEM files of a connection.
type TLSFiles struct {
	// CA holds the certificates that a server's certificate must come from. Empty: the system's.
	CA string
	// Certificate and Key are the client's own; servers that know their clients ask for them.
	Certificate, Key string
	// ServerName is the name that the server's certificate must have. Empty: the address's host.
	ServerName string
}

// LoadTLS reads the files of a connection for [WithTLS]. TLS 1.3 is asked for, which is all that
// ipftraced speaks.
func LoadTLS(files TLSFiles) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS13, ServerName: files.ServerName}
	if files.CA != "" {
		text, err := os.ReadFile(files.CA)
		if err != nil {
			return nil, fmt.Errorf("ipftrace: certificates of the server: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("ipftrace: %s has no certificate in PEM", files.CA)
		}
	}
	if files.Certificate == "" && files.Key == "" {
		return config, nil
	}
	own, err := tls.LoadX509KeyPair(files.Certificate, files.Key)
	if err != nil {
		return nil, fmt.Errorf("ipftrace: certificate and key of the client: %w", err)
	}
	config.Certificates = []tls.Certificate{own}
	return config, nil
}
