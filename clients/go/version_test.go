package ipftrace_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	ipftrace "github.com/ipftrace/ipftrace/clients/go"
)

// The version is that of the contract, which the package of the server has.
func TestVersion(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(kit(t), "..", "..", "package.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the conformance kit is in no checkout of ipftrace")
	}
	var server struct{ Version string }
	if err := errors.Join(err, json.Unmarshal(content, &server)); err != nil {
		t.Fatal(err)
	}
	if server.Version != ipftrace.Version {
		t.Errorf("version %s, and the server has %s", ipftrace.Version, server.Version)
	}
}
