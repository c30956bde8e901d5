#!/bin/sh
# kioskd of the release this script lies in, wherever that is and by whatever name it was reached.
here=$(dirname "$(readlink -f "$0")")
exec "$here/../python/bin/python3.11" -I -B -m kioskd "$@"
