"""Asks a server for its health, with TLS: prints the name of the status, or the code and the details of the failure.

Usage: client.py TARGET CA [CERTIFICATE KEY]; CA "-" for no TLS.
"""
import sys

import grpc


def read(path):
    with open(path, "rb") as file:
        return file.read()


def channel(target, authority, certificate=None, key=None):
    if authority == "-":
        return grpc.insecure_channel(target)
    pair = {}
    if certificate is not None:
        pair = {"certificate_chain": read(certificate), "private_key": read(key)}
    return grpc.secure_channel(target, grpc.ssl_channel_credentials(read(authority), **pair))


with channel(*sys.argv[1:]) as to:
    check = to.unary_unary("/grpc.health.v1.Health/Check")
    try:
        # HealthCheckResponse{status = 1}
        print("SERVING" if check(b"", timeout=20) == b"\x08\x01" else "?")
    except grpc.RpcError as error:
        print(error.code().name, error.details())
