"""Lines as people write them, and what each asks for and makes."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

BOTH, BUNDLED, NONE = ("machine", "imageio"), ("imageio",), ()


@dataclass(frozen=True)
class Example:
    """A line, what's known of it, and the ffmpegs that can run it on a tiny clip.

    `makes`, `encoders` and `filters` are names divided by spaces; what isn't sure to be made has a
    `?` after it.
    """

    text: str
    makes: str
    encoders: str = ""
    filters: str = ""
    suffix: str = ".mp4"
    beside: tuple[str, ...] = ()
    earlier: str = ""
    runs: tuple[str, ...] = BOTH

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text)


_VTT = "{0}_vtt.m3u8? {0}*.vtt?"

EXAMPLES = [
    # Plain ones: codecs, rates, containers.
    Example("", "output.mp4"),
    Example(
        "-c:v libx264 -crf 23 -preset ultrafast -c:a aac -b:a 128k", "output.mp4", "libx264 aac"
    ),
    Example("-c copy -movflags +faststart", "output.mp4", "copy"),
    Example("-vn -c:a libmp3lame -q:a 2", "output.mp3", "libmp3lame", suffix=".mp3"),
    Example("-vn -acodec libmp3lame -ab 192k -ar 44100", "output.mp3", "libmp3lame", suffix=".mp3"),
    Example("-vn -ac 1 -ar 16000 -c:a pcm_s16le", "output.wav", "pcm_s16le", suffix=".wav"),
    Example("-vn -c:a libopus -b:a 96k -vbr on", "output.opus", "libopus", suffix=".opus"),
    Example("-map 0:a:0 -c:a flac -compression_level 8", "output.flac", "flac", suffix=".flac"),
    Example(
        "-c:v libx265 -preset ultrafast -x265-params log-level=error -tag:v hvc1 -c:a copy",
        "output.mp4",
        "libx265 copy",
    ),
    Example(
        "-c:v libvpx-vp9 -crf 31 -b:v 0 -row-mt 1 -deadline realtime -cpu-used 8 -c:a libopus",
        "output.webm",
        "libvpx-vp9 libopus",
        suffix=".webm",
    ),
    Example(
        "-c:v libsvtav1 -preset 12 -crf 35 -svtav1-params tune=0 -g 240 -an",
        "output.mkv",
        "libsvtav1",
        suffix=".mkv",
        runs=BUNDLED,
    ),
    Example(
        "-c:v prores_ks -profile:v 0 -vendor apl0 -pix_fmt yuv422p10le -c:a pcm_s16le",
        "output.mov",
        "prores_ks pcm_s16le",
        suffix=".mov",
    ),
    Example(
        "-c:v ffv1 -level 3 -coder 1 -context 1 -g 1 -slices 4 -slicecrc 1 -c:a flac",
        "output.mkv",
        "ffv1 flac",
        suffix=".mkv",
    ),
    Example(
        "-codec:v:0 mpeg4 -qscale:v 3 -vtag xvid -codec:a mp2",
        "output.avi",
        "mpeg4 mp2",
        suffix=".avi",
    ),
    Example(
        "-c:v libx264 -b:v 300k -minrate 300k -maxrate 300k -bufsize 600k -x264-params nal-hrd=cbr",
        "output.ts",
        "libx264",
        suffix=".ts",
    ),
    Example("-target pal-dvd disc.mpg", "disc.mpg"),
    Example(
        "-c:v h264 -profile:v high -level:v 4.0 -bf 2 -g 30 -vprofile main", "output.mp4", "h264"
    ),
    # Seeking and limits.
    Example("-ss 0.5 -i {input} -t 1 -c copy", "output.mp4", "copy"),
    Example(
        "-ss 00:00:00.5 -to 00:00:01.5 -i {input} -c:v libx264 -c:a copy",
        "output.mp4",
        "libx264 copy",
    ),
    Example("-sseof -1 -i {input} -c copy -avoid_negative_ts make_zero", "output.mp4", "copy"),
    Example("-stream_loop 1 -i {input} -c copy -fflags +genpts", "output.mp4", "copy"),
    Example(
        "-itsoffset 0.2 -i {input} -i {input} -map 1:v -map 0:a -c copy -shortest",
        "output.mp4",
        "copy",
    ),
    Example(
        "-r 10 -fps_mode cfr -c:v libx264 -force_key_frames 'expr:gte(t,n_forced*1)'",
        "output.mp4",
        "libx264",
    ),
    # Simple filters.
    Example("-vf scale=-2:24,setsar=1 -c:a copy", "output.mp4", "copy", "scale setsar"),
    Example(
        r"-vf 'drawbox=x=1:y=1:w=8:h=8:color=red@0.5:t=fill,fps=5,format=yuv420p'",
        "output.mp4",
        "",
        "drawbox fps format",
    ),
    Example(
        r"-vf 'scale=iw/2:ih/2:flags=lanczos,crop=in_w-2*4:in_h-2*4' -aspect 4:3",
        "output.mp4",
        "",
        "scale crop",
    ),
    Example(
        "-vf yadif=deint=interlaced -af volume=0.5,aresample=async=1:first_pts=0",
        "output.mp4",
        "",
        "yadif volume aresample",
    ),
    Example("-vf 'setpts=0.5*PTS' -af atempo=2.0", "output.mp4", "", "setpts atempo"),
    Example(r"-vf select='eq(pict_type\,I)' -fps_mode vfr key%03d.png", "key*.png", "", "select"),
    Example(
        r"-vf 'select=between(t\,0\,1),setpts=N/FRAME_RATE/TB' -an",
        "output.mp4",
        "",
        "select setpts",
    ),
    Example(
        "-vf transpose=1 -metadata:s:v:0 rotate=0 -c:a copy", "output.mp4", "copy", "transpose"
    ),
    Example(
        "-af loudnorm=I=-16:TP=-1.5:LRA=11 -ar 48000", "output.m4a", "", "loudnorm", suffix=".m4a"
    ),
    Example(
        "-af loudnorm=I=-16:TP=-1.5:LRA=11:measured_I=-21:measured_TP=-18:measured_LRA=0"
        ":measured_thresh=-31:offset=0.1:linear=true -vn -c:a aac",
        "output.m4a",
        "aac",
        "loudnorm",
        suffix=".m4a",
    ),
    Example(
        "-af silenceremove=start_periods=1:start_threshold=-50dB,afade=t=in:d=0.2 -vn",
        "output.wav",
        "",
        "silenceremove afade",
        suffix=".wav",
    ),
    Example(
        "-af 'pan=stereo|c0=c0|c1=c0,aformat=channel_layouts=stereo'",
        "output.mp4",
        "",
        "pan aformat",
    ),
    Example(
        "-vf tpad=stop_mode=clone:stop_duration=1 -af apad=pad_dur=1", "output.mp4", "", "tpad apad"
    ),
    Example(
        "-bsf:v h264_mp4toannexb,dump_extra=freq=k -c copy -f mpegts",
        "output.ts",
        "copy",
        suffix=".ts",
    ),
    # Complex graphs.
    Example(
        "-i {input} -i {with:0} -filter_complex '[0:v][1:v]overlay=W-w-4:4[v]' "
        "-map '[v]' -map 0:a? -c:a copy",
        "output.mp4",
        "copy",
        "overlay",
        beside=("logo.png",),
    ),
    Example(
        "-i {input} -i {input} -filter_complex "
        "'[0:v][0:a][1:v][1:a]concat=n=2:v=1:a=1[v][a]' -map '[v]' -map '[a]'",
        "output.mp4",
        "",
        "concat",
    ),
    Example(
        "-filter_complex '[0:v]split=2[a][b];[a]scale=32:24[s];[b]scale=16:12[t]' "
        "-map '[s]' -map 0:a -c:a copy big.mp4 -map '[t]' -an small.mkv",
        "big.mp4 small.mkv",
        "copy",
        "split scale scale",
    ),
    Example(
        "-filter_complex '[0:v]fps=5,split[s0][s1];[s0]palettegen=max_colors=16[p];"
        "[s1][p]paletteuse=dither=bayer' -an",
        "output.gif",
        "",
        "fps split palettegen paletteuse",
        suffix=".gif",
    ),
    Example(
        "-filter_complex '[0:v]crop=32:32,boxblur=4[bg];[0:v]scale=32:-2[fg];"
        "[bg][fg]overlay=(W-w)/2:(H-h)/2,format=yuv420p' -c:v libx264 -c:a copy",
        "output.mp4",
        "libx264 copy",
        "crop boxblur scale overlay format",
    ),
    Example(
        "-f lavfi -i color=black:s=64x48:d=1 -i {input} -filter_complex "
        "'[0:v]setsar=1,settb=AVTB[b];[1:v]setsar=1,settb=AVTB[m];"
        "[b][m]xfade=transition=fade:duration=0.5:offset=0.4[v]' "
        "-map '[v]' -r 25",
        "output.mp4",
        "",
        "setsar settb setsar settb xfade color",
        runs=BUNDLED,
    ),
    Example(
        "-filter_complex '[0:a]showwavespic=s=64x32' -frames:v 1 wave.png",
        "wave.png",
        "",
        "showwavespic",
    ),
    Example(
        "-lavfi showspectrumpic=s=64x32:legend=0 -frames:v 1",
        "output.png",
        "",
        "showspectrumpic",
        suffix=".png",
    ),
    Example(
        "-filter_complex '[0:a]asplit[a][b];[a][b]amix=inputs=2:duration=first' -vn",
        "output.wav",
        "",
        "asplit amix",
        suffix=".wav",
    ),
    Example(
        "-i {input} -stream_loop -1 -i {with:0} -filter_complex '[1:a]volume=0.3[m];"
        "[0:a][m]amix=duration=first' -map 0:v -c:v copy -shortest",
        "output.mp4",
        "copy",
        "volume amix",
        beside=("music.wav",),
    ),
    Example(
        r"""-vf "drawtext=text='10\:30 o'\\\''clock':x=2:y=2:fontsize=8" """,
        "output.mp4",
        "",
        "drawtext",
        runs=NONE,
    ),
    Example(
        """-vf "subtitles=subs.srt:force_style='FontSize=8,Outline=1'" """,
        "output.mp4",
        "",
        "subtitles",
        beside=("subs.srt",),
        runs=NONE,
    ),
    Example(
        """-vf "subtitles={with:0}:force_style='FontSize=8,Outline=1'" """,
        "output.mp4",
        "",
        "subtitles",
        beside=("subs.srt",),
    ),
    Example("-vf subtitles=filename={input}:si=0", "output.mp4", "", "subtitles", runs=NONE),
    Example(
        "-filter_complex movie={with:0},scale=8:8[m];[0:v][m]overlay[v] -map [v]",
        "output.mp4",
        "",
        "movie scale overlay",
        beside=("logo.png",),
    ),
    Example(
        "-f lavfi -i movie={with:0} -i {input} -map 1 -map 0:v -c copy -c:v:1 png",
        "output.mkv",
        "copy png",
        "movie",
        suffix=".mkv",
        beside=("logo.png",),
    ),
    Example(
        "-c:v libx265 -x265-params dhdr10-info={with:0}:log-level=error",
        "output.mkv",
        "libx265",
        suffix=".mkv",
        beside=("tones.json",),
        runs=NONE,
    ),
    # Pictures.
    Example("-ss 1 -i {input} -frames:v 1 -q:v 2", "output.jpg", suffix=".jpg"),
    Example("-ss 1 -i {input} -vframes 1 -s 32x24 -f image2 poster.jpg", "poster.jpg"),
    Example("-vf fps=2 -q:v 4 thumbs/%03d.jpg", "thumbs/*.jpg", "", "fps"),
    Example(
        "-vf fps=2,scale=16:-2,tile=2x2 -frames:v 1 sheet.png", "sheet.png", "", "fps scale tile"
    ),
    Example(
        "-vf thumbnail=10,scale=32:-1 -frames:v 1",
        "output.png",
        "",
        "thumbnail scale",
        suffix=".png",
    ),
    Example("-r 2 -f image2 -start_number 0 frame_%d.bmp", "frame_*.bmp"),
    Example("-r 1 -update 1 last.jpg", "last.jpg"),
    Example("-frames:v 3 -c:v libwebp -loop 0", "output.webp", "libwebp", suffix=".webp"),
    # Streams, metadata, subtitles, attachments.
    Example(
        "-map 0 -map -0:s -c copy -map_metadata 0 -map_chapters 0",
        "output.mkv",
        "copy",
        suffix=".mkv",
    ),
    Example(
        "-map 0:v:0 -map 0:a:m:handler_name:SoundHandler -c copy -disposition:a:0 default "
        "-metadata:s:a:0 language=eng -metadata title=-x",
        "output.mkv",
        "copy",
        suffix=".mkv",
    ),
    Example(
        "-i {input} -i {with:0} -map 0:v -map 0:a -map 1 -c copy -c:s mov_text "
        "-metadata:s:s:0 language=fra",
        "output.mp4",
        "copy mov_text",
        beside=("subs.srt",),
    ),
    Example(
        "-c copy -attach {with:0} -metadata:s:t mimetype=image/png",
        "output.mkv",
        "copy",
        suffix=".mkv",
        beside=("logo.png",),
    ),
    Example("-f ffmetadata tags.txt", "tags.txt"),
    Example("-map_metadata -1 -fflags +bitexact -flags:v +bitexact -c copy", "output.mp4", "copy"),
    Example(
        "-map 0:v -c copy -f framemd5 v.framemd5 -map 0:a -c copy -f hash -hash sha256 a.sha256",
        "v.framemd5 a.sha256",
        "copy copy",
    ),
    # Segments, playlists.
    Example(
        "-c:v libx264 -hls_time 1 -hls_list_size 0 -c:a aac",
        "output.m3u8 output*.ts " + _VTT.format("output"),
        "libx264 aac",
        suffix=".m3u8",
    ),
    Example(
        "-c:v libx264 -g 25 -f hls -hls_time 1 -hls_playlist_type vod -hls_segment_type fmp4 "
        "-hls_segment_filename 'seg_%05d.m4s' -sn play.m3u8",
        "play.m3u8 seg_*.m4s init.mp4",
        "libx264",
    ),
    Example(
        "-c copy -hls_flags single_file+program_date_time -sn play.m3u8",
        "play.m3u8 play.ts",
        "copy",
    ),
    Example(
        "-filter_complex '[0:v]split=2[a][b];[a]scale=48:36[x];[b]scale=24:18[y]' "
        "-map '[x]' -map 0:a -map '[y]' -map 0:a -c:v libx264 -g 25 -sc_threshold 0 "
        "-b:v:0 100k -b:v:1 50k -c:a aac -var_stream_map 'v:0,a:0 v:1,a:1' "
        "-master_pl_name master.m3u8 -hls_time 1 -hls_list_size 0 -sn "
        "-hls_segment_filename 'v%v/seg%03d.ts' v%v/index.m3u8",
        "v*/index.m3u8 v*/seg*.ts master.m3u8",
        "libx264 aac",
        "split scale scale",
    ),
    Example(
        "-map 0:v -map 0:v -c:v libx264 -g 25 -var_stream_map 'v:0,name:hi v:1,name:lo' -sn "
        "-hls_segment_type fmp4 -master_pl_name all.m3u8 -hls_time 1 out/%v.m3u8",
        "out/*.m3u8 out/*.m4s out/init_*.mp4 out/all.m3u8",
        "libx264",
        runs=BOTH,
    ),
    Example(
        "-c copy -hls_time 1 -hls_enc 1 -hls_enc_key 0123456789abcdef0123456789abcdef -sn e.m3u8",
        "e.m3u8 e*.ts e.m3u8.key",
        "copy",
        runs=BUNDLED,
    ),
    Example(
        "-c copy -f dash -seg_duration 1 stream.mpd",
        "stream.mpd init-stream*.* chunk-stream*-*.*",
        "copy",
    ),
    Example(
        "-c copy -hls_playlist 1 -init_seg_name 'i-$RepresentationID$.m4s' "
        "-media_seg_name 'c-$RepresentationID$-$Number%03d$.m4s' d/s.mpd",
        "d/s.mpd d/i-*.m4s d/c-*-*.m4s d/master.m3u8 d/media_*.m3u8",
        "copy",
    ),
    Example("-c copy -single_file 1 one.mpd", "one.mpd one-stream*.*", "copy"),
    Example(
        "-c copy -f segment -segment_time 1 -reset_timestamps 1 part%03d.mp4", "part*.mp4", "copy"
    ),
    Example(
        "-c copy -f segment -segment_time 1 -segment_list list.csv -segment_format mpegts "
        "'part%d.ts'",
        "part*.ts list.csv",
        "copy",
    ),
    Example(
        "-c copy -f ssegment -segment_time 1 -segment_list live.m3u8 %02d.ts",
        "*.ts live.m3u8",
        "copy",
    ),
    Example(
        "-map 0:v -map 0:a -c:v libx264 -c:a aac -flags +global_header -f tee "
        "'one.mp4|[f=mpegts:onfail=ignore]two.ts|[select=a]three.m4a'",
        "one.mp4 two.ts three.m4a",
        "libx264 aac",
    ),
    Example(
        "-i {input} -i {with:0} -map 0 -map 1 -c:v copy -c:s webvtt -hls_time 1 "
        "-var_stream_map v:0,a:0,s:0,sgroup:subs -master_pl_name all.m3u8 %v/index.m3u8",
        "*/index.m3u8 */index*.ts all.m3u8 */index_vtt.m3u8? */index*.vtt?",
        "copy webvtt",
        beside=("subs.srt",),
    ),
    Example(
        "-c:v libx264 -hls_time 1 -sn -strftime 1 -hls_flags second_level_segment_index "
        "-hls_segment_filename at_%Y_%%03d.ts a.m3u8",
        "a.m3u8 at_*_*.ts",
        "libx264",
    ),
    Example(
        "-c:v libx264 -hls_time 1 -sn -hls_base_url seg/ -hls_segment_filename seg/%d.ts a.m3u8",
        "a.m3u8 seg/*.ts",
        "libx264",
    ),
    Example("-r 2 -c:v libwebp p%d.webp", "p*.webp", "libwebp"),
    Example("-c:v libx264 -c:a aac -movflags frag_keyframe a.ismv", "a.ismv", "libx264 aac"),
    # Runs that belong together, and files beside the outputs.
    Example("-c:v libx264 -b:v 100k -pass 1 -an -f null -", "ffmpeg2pass-*.log*", "libx264"),
    Example(
        "-c:v libx264 -b:v 100k -pass 2 -c:a aac -b:a 64k",
        "output.mp4",
        "libx264 aac",
        earlier="-c:v libx264 -b:v 100k -pass 1 -an -f null -",
    ),
    Example(
        "-c:v mpeg4 -b:v 100k -pass 1 -passlogfile two/log -an",
        "output.mp4 two/log-*.log*",
        "mpeg4",
    ),
    Example(
        "-c:v libx265 -x265-params pass=1:stats=rate.log:log-level=error -an",
        "output.mp4 rate.log*",
        "libx265",
    ),
    Example(
        "-i {input} -i {input} -lavfi "
        "'[0:v][1:v]ssim=stats_file=ssim.log;[0:v][1:v]psnr=psnr.log' -f null -",
        "ssim.log psnr.log",
        "",
        "ssim psnr",
    ),
    Example(
        "-vf vidstabdetect=shakiness=5:result=moves.trf -f null -", "moves.trf", "", "vidstabdetect"
    ),
    Example(
        "-vf vidstabtransform=input=moves.trf,unsharp",
        "output.mp4",
        "",
        "vidstabtransform unsharp",
        earlier="-vf vidstabdetect=shakiness=5:result=moves.trf -f null -",
    ),
    Example(
        "-vf blackdetect=d=0.1,metadata=print:file=black.txt -an",
        "output.mp4 black.txt",
        "",
        "blackdetect metadata",
    ),
    Example(
        "-c:v mpeg4 -vstats_file rate.log -report", "output.mp4 rate.log ffmpeg-*.log", "mpeg4"
    ),
    Example(
        "-c:v libx264 -x264-params pass=1:stats=rate.log -stats_enc_pre pre.txt "
        "-print_graphs_file graphs.txt -an",
        "output.mp4 graphs.txt rate.log* pre.txt",
        "libx264",
        runs=BUNDLED,
    ),
    # On graphics cards.
    Example(
        "-hwaccel cuda -hwaccel_output_format cuda -i {input} -vf scale_cuda=-2:720 "
        "-c:v h264_nvenc -preset p5 -cq 23",
        "output.mp4",
        "h264_nvenc",
        "scale_cuda",
        runs=NONE,
    ),
    Example(
        "-vaapi_device /dev/dri/renderD128 -vf format=nv12,hwupload -c:v hevc_vaapi -qp 24",
        "output.mp4",
        "hevc_vaapi",
        "format hwupload",
        runs=NONE,
    ),
    Example(
        "-c:v h264_cuvid -i {input} -c:v av1_qsv -global_quality 25",
        "output.mkv",
        "av1_qsv",
        suffix=".mkv",
        runs=NONE,
    ),
]
