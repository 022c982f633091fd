# A part of encode.sh: how near a film is to what it's made of, picture by picture.

# measure OUTPUT EVERY SYNC WORD...: hold the pictures of an output against those of the input that
# WORDs are of, after its filters in `measured_by`. One of EVERY pictures is scored. SYNC is `number`
# where both have as many pictures, or `time`. The scores go to proof/scores, a picture a line: its
# number, and its score. Both are compared in the output's size: what a preset makes smaller on purpose
# isn't lost.
measure() {
    made_file=$1
    every=$2
    sync='setpts=PTS-STARTPTS'
    nearest=:ts_sync_mode=nearest
    [ "$3" != number ] || sync='settb=1/25,setpts=N' nearest=
    shift 3
    read_pixels "$made_file" || return 1
    # What colours are called decides nothing here: ffmpeg 9 would convert between two names of them.
    sync=$sync,format=$pixels,setparams=colorspace=unknown:color_primaries=unknown:color_trc=unknown
    case $metric in
        vmaf)
            # Of smaller pictures libvmaf fails, or crashes.
            long=$made_width
            short=$made_height
            [ "$long" -ge "$short" ] || long=$made_height short=$made_width
            times=$(((175 + short) / short))
            [ "$times" -ge "$(((215 + long) / long))" ] || times=$(((215 + long) / long))
            [ "$times" -eq 1 ] || sync="$sync,scale=iw*$times:ih*$times:flags=bicubic"
            model=vmaf_v1.0.16_3d0h
            [ "$made_height" -le 1440 ] && [ "$made_width" -le 2560 ] || model=${model}_2160
            scorer="libvmaf=model=version=$model:n_subsample=$every:n_threads=$processors"
            scorer=$scorer:log_fmt=csv:log_path=../proof/scored$nearest
            ;;
        *)
            # No picture's score depends on another one.
            model=
            scorer="ssim=stats_file=../proof/scored$nearest"
            [ "$every" -eq 1 ] || sync="$sync,select=not(mod(n\\,$every))"
            ;;
    esac
    rm -f proof/scored
    run_ffmpeg proof/measure-words -v error -y -protocol_whitelist file -format_whitelist "$formats" \
        -i "file:$made_file" "$@" -filter_complex \
        "[0:V:0]$sync[made];[1:$film_stream]$measured_by$sync[source];[made][source]$scorer[scored]" \
        -map '[scored]' -fps_mode passthrough -f null - || return 1
    [ -s proof/scored ] || return 1
    LC_ALL=C awk -v every="$every" '
        /^Frame,/ {
            count = split($0, name, ",")
            for (at = 1; at <= count; at++) if (name[at] == "vmaf") column = at
            next
        }
        column { split($0, field, ","); print field[1], field[column]; next }
        match($0, /All:[0-9.]+/) { print every * row++, substr($0, RSTART + 4, RLENGTH - 4) }
        ' proof/scored >proof/scores || no_room
    rm -f proof/scored
    [ -s proof/scores ]
}

# read_pixels FILE: set `pixels`, `made_width` and `made_height` to its film's.
read_pixels() {
    run_ffmpeg proof/look-words -protocol_whitelist file -format_whitelist "$formats" -i "file:$1"
    # shellcheck disable=SC2046 # three words
    set -- $(LC_ALL=C awk '
        /^ +Stream #0:[0-9]+.*: Video: / && !/attached pic/ && !found++ {
            line = $0
            sub(/.*: Video: /, "", line)
            if (!match(line, /, [0-9]+x[0-9]+/)) exit
            split(substr(line, RSTART + 2, RLENGTH - 2), side, "x")
            line = substr(line, 1, RSTART - 1)
            # The codec, perhaps more of it in brackets, the pixels.
            sub(/^[^,(]*(\([^)]*\))?[^,]*, /, "", line)
            sub(/[(,].*/, "", line)
            if (line ~ /^[a-z0-9]+$/) print line, side[1], side[2]
        }' proof/look-words)
    [ "$#" -eq 3 ] || return 1
    pixels=$1 made_width=$2 made_height=$3
}

# sum_up RATE: set `mean`, `p5`, `worst_second` and `worst_at` of proof/scores; there are so many pictures
# a second.
sum_up() {
    LC_ALL=C sort -k2,2n proof/scores >proof/scores.sorted || no_room
    # shellcheck disable=SC2046 # four numbers
    set -- $(LC_ALL=C awk -v rate="$1" '
        part == "sorted" { sorted[++all] = $2; next }
        {
            sum += $2
            second = int($1 / rate)
            total[second] += $2
            count[second]++
        }
        END {
            for (second in total) {
                value = total[second] / count[second]
                if (worst == "" || value < worst) { worst = value; at = second }
            }
            printf "%.6f %.6f %.6f %d", sum / all, sorted[int((all - 1) * 0.05) + 1], worst, at
        }' part=sorted proof/scores.sorted part=scores proof/scores)
    rm -f proof/scores.sorted
    [ "$#" -eq 4 ] || fail "$wrong" "the output's quality can't be measured: awk failed"
    mean=$1 p5=$2 worst_second=$3 worst_at=$4
}

# check_scorer: end at once where this ffmpeg can't measure.
check_scorer() {
    processors=$(grep -c '^processor' /proc/cpuinfo 2>/dev/null) || processors=1
    [ "$metric" = vmaf ] || return 0
    # A model that isn't built in fails as one that is unknown does.
    run_ffmpeg check.txt -v error -f lavfi -i color=s=256x256:d=0.2 -f lavfi -i color=s=256x256:d=0.2 \
        -filter_complex '[0][1]libvmaf=model=version=vmaf_v1.0.16_3d0h' -f null - && return
    fail "$wrong" "this node's ffmpeg can't measure VMAF v1: use --ssim, or nodes with the bundled ffmpeg"
}
