package ipftrace_test

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	ipftrace "github.com/ipftrace/ipftrace/clients/go"
)

const modulePath = "github.com/ipftrace/ipftrace/clients/go"

// The program of the README is built in a folder of its own, with the module from a proxy.
func TestTheModuleFromAProxy(t *testing.T) {
	version := "v" + ipftrace.Version
	proxy := t.TempDir()
	publish(t, filepath.Join(proxy, modulePath, "@v"), version)
	program := regexp.MustCompile("(?s)```go\n(package main\n.*?)```").FindSubmatch(read(t, "README.md"))
	if program == nil {
		t.Fatal("the README has no program")
	}
	folder := t.TempDir()
	write(t, filepath.Join(folder, "main.go"), program[1])
	// What this module is made of has been downloaded; it is not asked for again.
	cache := strings.TrimSpace(run(t, ".", nil, "env", "GOMODCACHE"))
	environment := []string{
		"GOPROXY=file://" + proxy + ",file://" + cache + "/cache/download",
		"GOMODCACHE=" + t.TempDir(),
		"GONOSUMDB=" + modulePath,
		"GOFLAGS=-modcacherw -trimpath",
		"GOWORK=off",
	}
	run(t, folder, environment, "mod", "init", "first-trace.example")
	// The sums of what is downloaded are those that this module knows.
	write(t, filepath.Join(folder, "go.sum"), read(t, "go.sum"))
	run(t, folder, environment, "get", modulePath+"@"+version)
	run(t, folder, environment, "mod", "tidy")
	run(t, folder, environment, "build", "-o", "first-trace", ".")
}

func run(t *testing.T, folder string, environment []string, words ...string) string {
	t.Helper()
	command := exec.Command("go", words...)
	command.Dir = folder
	command.Env = append(os.Environ(), environment...)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(words, " "), err, out)
	}
	return string(out)
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// publish writes what a module proxy serves of this module.
func publish(t *testing.T, folder, version string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "list"), []byte(version+"\n"))
	write(t, filepath.Join(folder, version+".info"), fmt.Appendf(nil, `{"Version":%q}`, version))
	write(t, filepath.Join(folder, version+".mod"), read(t, "go.mod"))
	file, err := os.Create(filepath.Join(folder, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(file)
	err = fs.WalkDir(os.DirFS("."), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (path == "tools" || path == "build"): // Another module, and no sources.
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		member, err := archive.Create(modulePath + "@" + version + "/" + path)
		if err != nil {
			return err
		}
		_, err = member.Write(read(t, path))
		return err
	})
	if err := errors.Join(err, archive.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
}

// The version is that of the contract, which the package of the server has.
func TestVersion(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "..", "package.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("this is no checkout of ipftrace")
	}
	var server struct{ Version string }
	if err := errors.Join(err, json.Unmarshal(content, &server)); err != nil {
		t.Fatal(err)
	}
	if server.Version != ipftrace.Version {
		t.Errorf("version %s, and the server has %s", ipftrace.Version, server.Version)
	}
}
