// Runs Versity's S3 gateway on a folder, with its own package for embedding. Its command depends on the SDKs of Azure
// and others, which take longer to build than everything else.
//
// Usage: gateway ADDRESS FOLDER IAM_FOLDER
package main

import (
	"context"
	"log"
	"os"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	address, data, iam := os.Args[1], os.Args[2], os.Args[3]
	if err := (meta.XattrMeta{}).Test(data); err != nil {
		log.Fatal(err)
	}
	backend, err := posix.New(data, meta.XattrMeta{}, posix.PosixOpts{CopyObjectThreshold: 5 << 30})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(embedgw.RunVersityGW(context.Background(), backend, &embedgw.Config{
		RootUserAccess: os.Getenv("ROOT_ACCESS_KEY"),
		RootUserSecret: os.Getenv("ROOT_SECRET_KEY"),
		Region:         "us-east-1",
		Ports:          []string{address},
		IAMDir:         iam,
		Quiet:          true,
		KeepAlive:      true,
		// The defaults of the command.
		MaxConnections:    250_000,
		MaxRequests:       100_000,
		MultipartMaxParts: 10_000,
		IAMCacheTTL:       120,
		IAMCachePrune:     3600,
	}))
}
