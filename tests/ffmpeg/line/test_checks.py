"""Mistakes in lines: each one clear error that names the word and says what to do."""

from __future__ import annotations

import pytest

from batchff.errors import UsageError
from batchff.ffmpeg.line import LineError, MissingFile, RefusedOutput, UnknownName, parse_line

MISTAKES = [
    # (words, class, the word at fault, in the message, in the hint)
    ("-crff 20", UnknownName, "-crff", "no option -crff", "did you mean -crf?"),
    ("-crff:v 20", UnknownName, "-crff:v", "no option", "did you mean -crf:v?"),
    ("--crf 20", UnknownName, "--crf", "no option", "write one dash: -crf"),
    ("-crf=20", UnknownName, "-crf=20", "no option", "write two words: -crf 20"),
    ("-vsync 0", UnknownName, "-vsync", "no option", "-fps_mode"),
    ("-filter_complex_script g.txt", UnknownName, "-filter_complex_script", "", "-filter_complex"),
    ("-/vf g.txt", LineError, "-/vf", "from a file", "after -vf"),
    ("-vpre fast", LineError, "-vpre", "a file of options", "in the line"),
    ("-crf", LineError, "-crf", "has no value", "after -crf"),
    ("-c:v -crf 20", LineError, "-c:v", "-crf after it is an option", "between -c:v and -crf"),
    ("-map -an", LineError, "-map", "has no value", "between"),
    ("a.mp4 -an", LineError, "-an", "comes after the last output", "before a.mp4"),
    ("-i film.mov -c copy", MissingFile, "film.mov", "won't be on the node", "--with"),
    ("-i input -c copy", MissingFile, "input", "won't be", "{input}"),
    ("-i https://h/a.mp4", MissingFile, "https://h/a.mp4", "won't be", "download it first"),
    ("-i {with:0} -c copy", LineError, "{with:0}", "none is given by --with", "counted"),
    ("-vf subtitles=x.srt", MissingFile, "x.srt", "reads 'x.srt'", "--with"),
    ("-attach cover.png", MissingFile, "cover.png", "reads 'cover.png'", "--with"),
    ("-i", LineError, "-i", "names no input", "-i {input}"),
    ("-vn {input}", LineError, "{input}", "is used as an output", "-i {input}"),
    ("-vf subtitles=input.mkv", LineError, "input.mkv", "by its name on the", "write {input}"),
    ("-vf subtitles=with-2.srt", LineError, "with-2.srt", "by its name", "write {with:2}"),
    ("-vf subtitles=x/{input}", LineError, "x/{input}", "subtitles reads no file", "whole name"),
    ("-vf drawtext=text={input}", LineError, "{input}", "drawtext reads no file", "subtitles={in"),
    ("-x265-params csv={input}", LineError, "{input}", "-x265-params reads no file", "whole"),
    ("-vf movie={with:0}", LineError, "movie={with:0}", "{with:0} isn't among", "counted"),
    (
        "-metadata title={input}",
        LineError,
        "title={input}",
        "part of the word",
        "a filter's file, as in -vf",
    ),
    (
        "-i x{input} -an",
        LineError,
        "x{input}",
        "part of the word",
        "of its own, as in -i {input}",
    ),
    ("-an -- {input}.mp4", LineError, "{input}.mp4", "part of the word", "of its own"),
    ("-an with-0.mp4", RefusedOutput, "with-0.mp4", "of a file beside it", "plain"),
    ("-c:v libx264x", UnknownName, "libx264x", "no encoder 'libx264x'", "libx264?"),
    ("-c:v hevc_cuvid", UnknownName, "hevc_cuvid", "no encoder", "only decodes"),
    ("-c:v nosuch -i {input}", UnknownName, "nosuch", "no decoder", ""),
    ("-c:v aac", LineError, "aac", "encodes audio, not video", "-c:a aac"),
    ("-vf scael=2:2", UnknownName, "scael", "no filter 'scael'", "scale?"),
    ("-vf volume=2", LineError, "volume", "is for sound", "-af"),
    ("-af scale=2:2", LineError, "scale", "is for pictures", "-vf"),
    ("-vf scale=2:2,,fps=5", LineError, "scale=2:2,,fps=5", "no filter", "put , between"),
    ("-filter_complex [0:v]scale=2:2[v", LineError, "[0:v]scale=2:2[v", "isn't closed", "[ ]"),
    ("-bsf:v h264_mp4toannex", UnknownName, "h264_mp4toannex", "no bitstream filter", "annexb?"),
    ("-f mkv", UnknownName, "mkv", "no format 'mkv'", "called matroska"),
    ("-f mpegtss", UnknownName, "mpegtss", "no format", "mpegts?"),
    ("-f lavfii -i {input}", UnknownName, "lavfii", "reads no format", "lavfi?"),
    ("-hwaccel cuda -c:v h264_nvenc", LineError, "-hwaccel", "for an input", "-i {input} after it"),
    ("-i {input} -re -c copy", LineError, "-re", "for an input", "before -i {input}"),
    ("-movflags faststart -i {input}", LineError, "-movflags", "for an output", "after the inputs"),
    ("-crf 20 -i {input}", LineError, "-crf", "for an output", "after the inputs"),
    ("-pass 2 -c:v libx264", LineError, "2", "needs the log of a first pass", "two runs"),
    ("-pass 7 -c:v libx264", LineError, "7", "isn't 1, 2 or 3", ""),
    ("-vf fps=1 a.jpg", LineError, "a.jpg", "makes many pictures", "-frames:v 1"),
    ("-r 1 a.jpg", LineError, "a.jpg", "makes many pictures", "%03d"),
    ("-n -c copy", LineError, "-n", "tried again", "leave it out"),
    ("-encoders", LineError, "-encoders", "makes nothing", ""),
    ("-map 1:a", LineError, "1:a", "takes input 1", "--with"),
    ("-map audio", LineError, "audio", "names no stream", "0:v"),
    ("-map [vv] -vn", LineError, "[vv]", "what no filter graph makes", ""),
    ("-filter_complex [1:v]null", LineError, "[1:v]", "takes input 1", "--with"),
    ("-crf 20 28", UnknownName, "28", "doesn't know its format", "takes no value"),
    ("-an {output}", UnknownName, "{output}", "doesn't know", "leave it out"),
    ("-c copy a.xyz", UnknownName, "a.xyz", "doesn't know its format", ".mp4"),
    ("-an a.mp4 -vn a.mp4", LineError, "a.mp4", "two outputs", "apart"),
    ("-an /tmp/a.mp4", RefusedOutput, "/tmp/a.mp4", "absolute path", "plain name"),
    ("-an ../a.mp4", RefusedOutput, "../a.mp4", "leaves the folder", "plain name"),
    ("-an x/../../a.mp4", RefusedOutput, "x/../../a.mp4", "leaves the folder", ""),
    (r"-an x\a.mp4", RefusedOutput, r"x\a.mp4", "character", ""),
    ("-an x//a.mp4", RefusedOutput, "x//a.mp4", "empty", ""),
    ("-an input.mp4", RefusedOutput, "input.mp4", "the source, or of a file", ""),
    ("-an " + "a" * 252 + ".mp4", RefusedOutput, "a" * 252 + ".mp4", "255 bytes", "shorter"),
    ("-f mp4 http://h/a.mp4", RefusedOutput, "http://h/a.mp4", "a protocol", "files"),
    ("-f mpegts tcp://h:1", RefusedOutput, "tcp://h:1", "a protocol", "files"),
    ("-f mp4 pipe:1", RefusedOutput, "pipe:1", "standard output", ""),
    ("-f mp4 -", RefusedOutput, "-", "standard output", ""),
    ("-an pipe:", RefusedOutput, "pipe:", "standard output", "plain name"),
    ("-an -", RefusedOutput, "-", "standard output", "plain name"),
    ("-c copy srt://h:1", RefusedOutput, "srt://h:1", "a protocol", "files"),
    ("-f null -", RefusedOutput, "-", "makes no file", "name what"),
    ("-f rtp a.rtp", RefusedOutput, "a.rtp", "a network", ""),
    ("-f rtp rtp://h:1", RefusedOutput, "rtp://h:1", "a network", ""),
    ("-f rtsp rtsp://h/a", RefusedOutput, "rtsp://h/a", "a network", ""),
    ("-f flv rtmp://h/a", RefusedOutput, "rtmp://h/a", "a protocol", "files"),
    ("-f sdp a.sdp", UnknownName, "sdp", "writes no format", ""),
    ("-f concat a.txt", UnknownName, "concat", "writes no format", ""),
    ("-sdp_file a.sdp -f mpegts a.ts", RefusedOutput, "-sdp_file", "over a network", "leave it"),
    ("-f smoothstreaming a.ism", RefusedOutput, "a.ism", "a server for Smooth", "-f dash"),
    ("-f hds a", RefusedOutput, "a", "a server for Flash", "-f hls"),
    ("-f webm_chunk -header a.hdr a%d.chk", RefusedOutput, "a%d.chk", "each alone", "-f dash"),
    ("-f webm_dash_manifest a.xml", RefusedOutput, "a.xml", "calls the source", "-f dash"),
    ("-f mpjpeg a", RefusedOutput, "a", "a web server", "-f mjpeg"),
    (
        "-f tee [f=hls]a.m3u8|[f=rtp]rtp://h",
        RefusedOutput,
        "[f=hls]a.m3u8|[f=rtp]rtp://h",
        "net",
        "",
    ),
    ("-f segment -strftime 1 a%H.ts", RefusedOutput, "a%H.ts", "from the clock", "part%03d"),
    ("-f image2 -strftime 1 a%H.png", RefusedOutput, "a%H.png", "from the clock", "part%03d"),
    ("-strftime 1 a.m3u8", RefusedOutput, "a.m3u8", "from the clock", "leave out -strftime"),
    (
        "-f segment -segment_list a.csv x/%d.ts",
        RefusedOutput,
        "x/%d.ts",
        "without their folder",
        "",
    ),
    (
        "-hls_segment_filename x/%d.ts y/a.m3u8",
        RefusedOutput,
        "y/a.m3u8",
        "'y/a.m3u8' would name the pieces of 'x/%d.ts' without their folder",
        "-hls_base_url",
    ),
    ("-f pulse a", RefusedOutput, "a", "a device", ""),
    ("-progress p.txt -an", RefusedOutput, "-progress", "itself", "leave it out"),
    ("-dump_attachment:t {with:0} -i {input}", LineError, "{with:0}", "none is given", ""),
    ("-vf metadata=print:file=/tmp/x", RefusedOutput, "/tmp/x", "-vf writes to", "plain name"),
    ("-lavfi [0:v][0:v]ssim=- -f null -", RefusedOutput, "-", "standard output", ""),
    ("-vf deshake=0:0:0:0:16:16:0:8:125:0:../a", RefusedOutput, "../a", "leaves", ""),
    ("-pass 1 -passlogfile /tmp/x -an", RefusedOutput, "/tmp/x", "-passlogfile", ""),
    ("-x265-params csv=/tmp/x", RefusedOutput, "/tmp/x", "-x265-params writes", ""),
    ("-f tee [f=mp4]/a.mp4|b.mkv", RefusedOutput, "[f=mp4]/a.mp4|b.mkv", "absolute", ""),
    ("-f tee [f=mp4a.mp4", LineError, "[f=mp4a.mp4", "aren't closed", ""),
    ("-f segment a.mp4", LineError, "a.mp4", "one file for many segments", "%03d"),
    ("-hls_segment_filename /x%d.ts a.m3u8", RefusedOutput, "a.m3u8", "absolute", ""),
    ("-segment_list ../x.csv -f segment a%d.ts", RefusedOutput, "a%d.ts", "leaves", ""),
    ("-var_stream_map v:0_v:1 a.m3u8", LineError, "a.m3u8", "2 playlists", "%v"),
    ("-vf overlay", LineError, "overlay", "one stream and give one", "-filter_complex"),
    ("-vf testsrc", LineError, "testsrc", "one stream and give one", "-filter_complex"),
    ("-an -- -a.mp4", RefusedOutput, "-a.mp4", "begins with a dash", ""),
    ("-vf zmq", LineError, "zmq", "listens on a network", "leave it out"),
]


@pytest.mark.parametrize(
    ("text", "kind", "word", "message", "hint"), MISTAKES, ids=[each[0][:50] for each in MISTAKES]
)
def test_a_mistake_is_one_error_with_its_word_and_what_to_do(
    text: str, kind: type[LineError], word: str, message: str, hint: str
) -> None:
    words = [part.replace("_v:1", " v:1") for part in text.split()]

    with pytest.raises(UsageError) as caught:
        parse_line(words, suffix=".mp4")

    error = caught.value
    assert isinstance(error, kind)
    assert error.word == word
    assert message in error.message
    assert hint in error.hint
    if error.at is not None and word:
        assert word in words[error.at] or error.at == len(words)


def test_a_dumped_attachment_needs_a_name() -> None:
    with pytest.raises(RefusedOutput, match="takes names out of the source"):
        parse_line(["-dump_attachment:t", "", "-i", "{input}"], suffix=".mp4")


@pytest.mark.parametrize("word", ["two\nlines", "zero\0byte", "half a pair \ud800"])
def test_a_word_that_no_line_can_carry_is_refused(word: str) -> None:
    with pytest.raises(LineError):
        parse_line(["-metadata", f"title={word}"], suffix=".mp4")


def test_an_output_of_no_name_needs_a_suffix() -> None:
    with pytest.raises(LineError, match="need a suffix"):
        parse_line(["-vn"])


@pytest.mark.parametrize(
    "text",
    [
        "-metadata title=-crf",
        "-metadata -crf",
        "-map -0:s -map 0",
        "-vf drawtext=text=-y",
        "-b:v -1",
        "-noautoscale",
        "-af volume=-6dB",
        "-vb 1M -vprofile high",
        "-nosn -noshortest",
        "-x264-params keyint=50:stats=a.log:pass=2",
        "-c:a pcm_s16le -f wav a",
    ],
)
def test_what_only_looks_wrong_is_fine(text: str) -> None:
    assert parse_line(text.split(), suffix=".mp4").makes


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("-y -an", "-y does nothing"),
        ("-v quiet", "hides why"),
        ("-lowres 1", "is for reading"),
        ("-ss 5 -i {input} a.jpg", "takes one picture"),
        ("-hls_time 2 a.m3u8", "names only its last 5 segments"),
        ("-hls_time 2 -hls_list_size 9 a.m3u8", "names only its last 9 segments"),
        ("-vf drawtext=fontfile=/usr/share/fonts/a.ttf:text=x", "of the node"),
    ],
)
def test_what_can_be_run_but_helps_nobody_is_a_warning(text: str, warning: str) -> None:
    warnings = parse_line(text.split(), suffix=".mp4").warnings
    assert len(warnings) == 1
    assert warning in warnings[0]


@pytest.mark.parametrize(
    ("words", "lacking"),
    [
        ("-c:a libfdk_aac", ["libfdk_aac"]),
        ("-c:v nosuch -i {input} -c:v libx264 -c:a libfdk_aac", ["libfdk_aac", "nosuch"]),
        ("-vf scael=2:2,fps=5", ["scael"]),
        ("-af whisper2", ["whisper2"]),
        ("-bsf:v h264_other", ["h264_other"]),
        ("-c:v libx264 -vf scale=2:2", []),
    ],
)
def test_what_another_ffmpeg_may_have_is_kept_where_thats_asked_for(
    words: str, lacking: list[str]
) -> None:
    kept: list[UnknownName] = []
    line = parse_line(words.split(), suffix=".mkv", lacking=kept)
    assert [error.word for error in kept] == lacking
    assert [made.name for made in line.makes] == ["output.mkv"]


@pytest.mark.parametrize("words", ["-crff 20", "-f mkvv", "-c:v aac", "-map 1:a"])
def test_what_no_ffmpeg_takes_is_refused_all_the_same(words: str) -> None:
    with pytest.raises(LineError):
        parse_line(words.split(), suffix=".mkv", lacking=[])


def test_an_encoder_that_nothing_resembles_is_told_how_to_have() -> None:
    with pytest.raises(UnknownName) as raised:
        parse_line(["-c:a", "libfdk_aac"], suffix=".m4a")
    assert raised.value.hint == "give the nodes one that has it: --ffmpeg image, apt or a URL"
