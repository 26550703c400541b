#!/usr/bin/python3
"""An RTSP server for tests: loops H.264 and H.265 elementary files on 127.0.0.1.

    rtsp_server.py --port 0 [--user U --password P --digest] NAME=FILE.h264 NAME=FILE.h265 ...

Prints "ready PORT" once it listens, then "play NAME" and "teardown NAME" as
clients come and go. The files must have access unit delimiters (x264 and x265:
aud=1) and no B-frames; the server stamps its own times, so loops have no seam.
"""
import argparse
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

KINDS = {
    "h264": ("video/x-h264", "h264parse ! rtph264pay", lambda byte: byte & 0x1F == 9),
    "h265": ("video/x-h265", "h265parse ! rtph265pay", lambda byte: byte >> 1 & 0x3F == 35),
}


def say(*words):
    print(*words, flush=True)


def access_units(path, is_delimiter):
    """Splits an Annex B file before each access unit delimiter."""
    data = open(path, "rb").read()
    starts, at = [], data.find(b"\x00\x00\x01")
    while at >= 0:
        if at + 3 < len(data) and is_delimiter(data[at + 3]):
            starts.append(at - 1 if at > 0 and data[at - 1] == 0 else at)
        at = data.find(b"\x00\x00\x01", at + 3)
    if not starts:
        sys.exit(f"{path}: no access unit delimiters; encode with aud=1")
    return [data[a:b] for a, b in zip(starts, starts[1:] + [len(data)])]


class Loop(GstRtspServer.RTSPMediaFactory):
    """One file, over and over."""

    def __init__(self, path, fps):
        super().__init__()
        kind = path.rsplit(".", 1)[-1]
        caps, chain, is_delimiter = KINDS[kind]
        self.units = access_units(path, is_delimiter)
        self.duration = Gst.SECOND // fps
        self.set_launch(
            f"( appsrc name=source is-live=true format=time max-bytes=100000 "
            f"caps={caps},stream-format=byte-stream,alignment=au,framerate={fps}/1 "
            f"! {chain} name=pay0 pt=96 config-interval=-1 )"
        )
        self.set_shared(True)

    def do_configure(self, media):
        source = media.get_element().get_by_name_recurse_up("source")
        source.count = 0
        source.connect("need-data", self.feed)

    def feed(self, source, _length):
        buffer = Gst.Buffer.new_wrapped(self.units[source.count % len(self.units)])
        buffer.pts = buffer.dts = source.count * self.duration
        buffer.duration = self.duration
        source.count += 1
        source.emit("push-buffer", buffer)


def protect(server, factories, user, password, digest):
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if digest:
        auth.set_supported_methods(gi.repository.GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    for factory in factories:
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("viewer", "media.factory.access", True)
        permissions.add_permission_for_role("viewer", "media.factory.construct", True)
        factory.set_permissions(permissions)


def watch(_server, client):
    def name(context):
        return context.uri.abspath.strip("/").split("/")[0]

    client.connect("play-request", lambda _client, context: say("play", name(context)))
    client.connect("teardown-request", lambda _client, context: say("teardown", name(context)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="0")
    parser.add_argument("--fps", type=int, default=10)
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--digest", action="store_true")
    parser.add_argument("mounts", nargs="+")
    options = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(options.port)
    factories = []
    for mount in options.mounts:
        name, path = mount.split("=", 1)
        factory = Loop(path, options.fps)
        factories.append(factory)
        server.get_mount_points().add_factory(f"/{name}", factory)
    if options.user:
        protect(server, factories, options.user, options.password, options.digest)
    server.connect("client-connected", watch)
    if not server.attach(None):
        sys.exit("the port cannot be bound")
    say("ready", server.get_bound_port())
    GLib.MainLoop().run()


if __name__ == "__main__":
    gi.require_version("GstRtsp", "1.0")
    import gi.repository.GstRtsp  # noqa: E402

    main()
