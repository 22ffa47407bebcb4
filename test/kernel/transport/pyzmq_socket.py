"""One socket of pyzmq for a test: messages to send come on stdin, those that arrive go to stdout.

A message is its number of frames and then each frame's length and bytes, numbers in 4 bytes, big-endian.
The first one on stdout is the address.
"""

import json
import os
import struct
import sys

import zmq

kind, verb, address, options = sys.argv[1:]
options = json.loads(options)


def read(count):
    # Not through sys.stdin: the poller does not see what a buffer holds.
    data = bytearray()
    while len(data) < count:
        chunk = os.read(0, count - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data)


def read_number():
    return struct.unpack(">I", read(4))[0]


def read_message():
    return [read(read_number()) for _ in range(read_number())]


def write_message(frames):
    sys.stdout.buffer.write(struct.pack(">I", len(frames)))
    for frame in frames:
        sys.stdout.buffer.write(struct.pack(">I", len(frame)) + frame)
    sys.stdout.buffer.flush()


context = zmq.Context()
socket = context.socket(getattr(zmq, kind))
socket.linger = 500
socket.rcvhwm = socket.sndhwm = 0
# A peer that does not answer PING is given up on.
socket.heartbeat_ivl = 50
socket.heartbeat_timeout = 2000
if kind == "ROUTER":
    socket.router_handover = True
if kind == "XPUB":
    socket.xpub_verbose = True
if options.get("routingId"):
    socket.identity = options["routingId"].encode()
for name, key in options.get("curve", {}).items():
    setattr(socket, name, key.encode())
for topic in options.get("topics", []):
    socket.subscribe(topic)
getattr(socket, verb)(address)
write_message([socket.last_endpoint])

poller = zmq.Poller()
poller.register(socket, zmq.POLLIN)
poller.register(0, zmq.POLLIN)
try:
    while True:
        ready = dict(poller.poll())
        if socket in ready:
            write_message(socket.recv_multipart())
        if 0 in ready:
            socket.send_multipart(read_message())
except EOFError:
    context.destroy()
