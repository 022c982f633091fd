#!/bin/sh
# Join the chunks of a film with the rest of its output, and prove that nothing was lost or moved.
#
#   sh join.sh COUNT REST SUFFIX FOLDER [PICTURES [SIZE]]
#   sh join.sh -from FIRST COUNT - SUFFIX FOLDER
#
# FOLDER/REST is the output with all its streams but only the film's first pictures; FOLDER/0000SUFFIX and
# so on, COUNT of them, have the film. The source's film has so many PICTURES, where that is known. All
# were proved on their nodes. recipe.txt is that of the whole output; its only F line says what the output
# is called. The chunks keep the times of the whole.
#
# A film of very many chunks is joined in two steps. The second form makes one longer chunk of those from
# FIRST on; recipe.txt is that of a chunk then, and there is no rest.
#
# The output has the rest's streams and what is said of them, and the chunks' pictures. It's read once
# more: each packet must be one of the rest or of a chunk, in order, none twice and none missing, and at
# its time; the first pictures after each joint must decode. progress.txt, proof.txt, done.txt, made/ and
# the exit codes are those of encode.sh. Of the whole source's SIZE in bytes, --smaller-only decides;
# what was measured of each chunk is put together. One more exit code:

usage=10
no_ffmpeg=11
failed=12
empty=13
broken=14
killed=15
no_input=16
disk_full=17
source_bad=18
wrong=19
chunk_missing=20  # a chunk, or the rest, isn't there: its own task says why

newline='
'
sources=$newline

. ./encode/endings.sh
. ./encode/sources.sh
. ./encode/runs.sh
. ./encode/done.sh
. ./encode/joints.sh
. ./encode/sizes.sh
. ./encode/scores.sh

runs=0
outputs=0
named=
listeners=
feeders=
running=
salvaged=
call='usage: sh join.sh [-from FIRST] COUNT REST SUFFIX FOLDER'
first=0
is_part=
if [ "$1" = -from ]; then
    case $2:$4 in
        *[!0-9]*:* | :* | *:[!-]*) fail "$usage" "$call" ;;
    esac
    first=$2
    is_part=yes
    shift 2
fi
case $1:$2:$3:$4 in
    [1-9]*:rest.*:.*:?* | [1-9]*:-:.*:?*) ;;
    *) fail "$usage" "$call" ;;
esac
case $4:$1$2$3$4 in
    /* | *..* | *[!-0-9A-Za-z._/:]*) fail "$usage" "$call" ;;
esac
count=$1
rest=$4/$2
suffix=$3
folder=$4
# What is said of a longer chunk is said of its first one.
[ "$2" != - ] || rest=$(chunk_name 0)
pictures=${5:-0}
source_size=${6:--}
[ ! -r verdict.txt ] || end_as_before
[ -r recipe.txt ] || fail "$no_input" "recipe.txt isn't on this node"
read_recipe
name=
while IFS= read -r line || [ -n "$line" ]; do
    case $line in
        F*) name=${line#F} ;;
    esac
done <recipe.txt
PATH=${AZ_BATCH_NODE_SHARED_DIR:+$AZ_BATCH_NODE_SHARED_DIR/bin:}$PATH
command -v ffmpeg >/dev/null || fail "$no_ffmpeg" 'there is no ffmpeg on this node'
say_ffmpeg
read_aim
trap stop HUP INT TERM
find_chunks
rm -rf making made proof
mkdir making proof || no_room
true >proof.txt || no_room
read_packets_of_parts
[ -z "$differ" ] || keep_parameters
write_list
read_delays
join_parts
say_checking
check_packets
check_joints
if [ -z "$is_part" ]; then
    join_scores
    keep_smaller "$name" "$source_size"
fi
mv making made || no_room
write_done
rm -rf proof
printf 'join.sh: made %s of %s chunks\n' "$name" "$count" >&2
