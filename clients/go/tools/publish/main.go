// Command publish writes what a module proxy serves of the Go client.
//
//	publish SOURCES VERSION FOLDER
package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
)

const module = "github.com/ipftrace/ipftrace/clients/go"

func main() {
	if len(os.Args) != 4 {
		log.Fatal("publish: give SOURCES VERSION FOLDER")
	}
	if err := publish(os.Args[1], os.Args[2], filepath.Join(os.Args[3], module, "@v")); err != nil {
		log.Fatal(err)
	}
}

func publish(sources, version, folder string) error {
	definition, err := os.ReadFile(filepath.Join(sources, "go.mod"))
	if err != nil {
		return err
	}
	return errors.Join(
		os.MkdirAll(folder, 0o755),
		os.WriteFile(filepath.Join(folder, "list"), []byte(version+"\n"), 0o644),
		os.WriteFile(filepath.Join(folder, version+".info"), fmt.Appendf(nil, `{"Version":%q}`, version), 0o644),
		os.WriteFile(filepath.Join(folder, version+".mod"), definition, 0o644),
		archive(sources, module+"@"+version+"/", filepath.Join(folder, version+".zip")),
	)
}

func archive(sources, prefix, path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	writer := zip.NewWriter(file)
	tree := os.DirFS(sources)
	err = fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == "tools": // Another module.
			return fs.SkipDir
		case entry.IsDir() || strings.HasPrefix(entry.Name(), "."):
			return nil
		}
		content, err := fs.ReadFile(tree, path)
		if err != nil {
			return err
		}
		member, err := writer.Create(prefix + path)
		if err != nil {
			return err
		}
		_, err = member.Write(content)
		return err
	})
	return errors.Join(err, writer.Close(), file.Close())
}
