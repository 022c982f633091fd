"""What `batchff` alone says: what it does, and the first thing to type."""

from __future__ import annotations

WELCOME = """\
Usage: batchff COMMAND

  your files -> upload -> encode on many machines -> check -> download

A folder of media becomes other media, with ffmpeg on Azure Batch. Without an
account it does the same on this machine. The first thing to type:

  batchff submit ./videos --preset h264

Then:

  batchff preset list     what can be made of a file
  batchff watch           how the newest job goes
  batchff init            set up an Azure account
  batchff cleanup --all   remove all that was made there
  batchff --help          all commands"""
