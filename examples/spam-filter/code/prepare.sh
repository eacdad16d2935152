#!/bin/sh
# Writes the messages without their labels, one on each line.
# usage: prepare.sh MESSAGES all|few FOLDER
set -eu
messages=$1 part=$2 folder=$3

if [ "$part" = few ]; then lines=5; else lines=1000; fi
head -n "$lines" "$messages" | cut -f 2- > "$folder/messages.txt"
