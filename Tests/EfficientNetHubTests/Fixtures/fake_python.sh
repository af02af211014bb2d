#!/bin/sh
# Stands for Python in tests, by a symbolic link: does what the file "script" beside the link says.
# (A program that a test had just written could not be started while another test starts a process.)
. "${0%/*}/script"
