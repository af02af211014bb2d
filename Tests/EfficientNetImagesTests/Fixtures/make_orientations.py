"""Writes orientations.json: pictures with an orientation in every possible place, and Pillow's result.

    python make_orientations.py        (Pillow 13.0.0 with libwebp 1.6.0)

Each entry has a name, the file in base64, and the tag's value that ImageOps.exif_transpose uses: 1 if it
does nothing, null if Pillow refuses the file because of its metadata.
"""

import base64
import io
import json
import pathlib
import struct
import warnings
import zlib

from PIL import Image

warnings.simplefilter("ignore")
PREFIX = b"Exif\0\0"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def tiff(*entries, order="<", head=None):
    """Returns a TIFF file of one directory. Entries are (tag, type, count, four bytes of the value)."""
    head = head or (b"II*\0" if order == "<" else b"MM\0*")
    body = struct.pack(order + "IH", 8, len(entries))
    for tag, kind, count, value in entries:
        body += struct.pack(order + "HHI", tag, kind, count) + value
    return head + body + bytes(4)


def short(value, order="<"):
    return (0x112, 3, 1, struct.pack(order + "HH", value, 0))


def exif(value, order="<"):
    return tiff((0x100, 3, 1, struct.pack(order + "HH", 9, 0)), short(value, order), order=order)


def xmp(value, form="attribute"):
    inside = {
        "attribute": f'<rdf:Description tiff:Orientation="{value}"/>',
        "element": f"<rdf:Description><tiff:Orientation>{value}</tiff:Orientation></rdf:Description>",
        "quoted": f"<rdf:Description tiff:Orientation='{value}'/>",
        "second": f'<rdf:Description tiff:Orientation="x" tiff:Orientation="{value}"/>',
    }[form]
    return f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF>{inside}</rdf:RDF></x:xmpmeta>".encode()


def profile(data, kind="exif", break_at=72):
    digits = data.hex()
    lines = "\n".join(digits[i : i + break_at] for i in range(0, len(digits), break_at))
    return f"\n{kind}\n{len(data):8}\n{lines}\n".encode()


small = Image.new("RGB", (3, 2), (200, 30, 60))


def plain(form, **options):
    file = io.BytesIO()
    small.save(file, form, **options)
    return file.getvalue()


PNG, JPEG, WEBP = plain("PNG"), plain("JPEG"), plain("WEBP")


def png(*chunks, behind=()):
    return PNG[:33] + b"".join(chunks) + PNG[33:-12] + b"".join(behind) + PNG[-12:]


def text(key, value):
    return chunk(b"tEXt", key + b"\0" + value)


def ztext(key, value, method=0, level=6):
    return chunk(b"zTXt", key + b"\0" + bytes([method]) + zlib.compress(value, level))


def itext(key, value, compressed=0, method=0):
    value = zlib.compress(value) if compressed else value
    return chunk(b"iTXt", key + b"\0" + bytes([compressed, method]) + b"en\0name\0" + value)


def app1(data):
    return b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data


def jpeg(*segments):
    return JPEG[:2] + b"".join(segments) + JPEG[2:]


def webp(*chunks, flags=0x0C):
    body = b"VP8X" + struct.pack("<IB", 10, flags) + bytes(3)
    body += struct.pack("<I", 2)[:3] + struct.pack("<I", 1)[:3] + WEBP[12:]
    for name, data in chunks:
        body += name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


RAW, XMP, HEAD = b"Raw profile type exif", b"XML:com.adobe.xmp", b"http://ns.adobe.com/xap/1.0/\0"
odd = exif(6)
broken = tiff((0x10F, 2, 40, struct.pack("<I", 5000)), short(6))
far = tiff((0x10F, 2, 20, struct.pack("<I", 9)), short(6))

FILES = {
    "PNG: eXIf": png(chunk(b"eXIf", exif(6))),
    "PNG: eXIf with a prefix": png(chunk(b"eXIf", PREFIX + exif(6, ">"))),
    "PNG: eXIf with two prefixes": png(chunk(b"eXIf", 2 * PREFIX + exif(6))),
    "PNG: eXIf behind the pixels": png(behind=[chunk(b"eXIf", exif(8))]),
    "PNG: the last eXIf counts": png(chunk(b"eXIf", exif(6)), behind=[chunk(b"eXIf", exif(3))]),
    "PNG: an empty eXIf, XMP": png(chunk(b"eXIf", b""), itext(XMP, xmp(6))),
    "PNG: eXIf before a profile": png(chunk(b"eXIf", exif(3)), ztext(RAW, profile(PREFIX + odd))),
    "PNG: an empty eXIf before a profile": png(chunk(b"eXIf", b""), ztext(RAW, profile(odd))),
    "PNG: text exif": png(text(b"exif", exif(5))),
    "PNG: profile in zTXt": png(ztext(RAW, profile(PREFIX + odd))),
    "PNG: profile in tEXt": png(text(RAW, profile(2 * PREFIX + exif(7, ">"), break_at=10))),
    "PNG: profile in iTXt": png(itext(RAW, profile(exif(8)))),
    "PNG: profile in compressed iTXt": png(behind=[itext(RAW, profile(exif(4)), compressed=1)]),
    "PNG: profile in iTXt of an unknown method": png(itext(RAW, profile(odd), 1, method=1)),
    "PNG: profile of two lines": png(text(RAW, b"\nexif\n")),
    "PNG: profile with spaces": png(text(RAW, profile(odd).replace(b"2a", b"2a \t"))),
    "PNG: profile APP1": png(ztext(b"Raw profile type APP1", profile(PREFIX + odd, "APP1"))),
    "PNG: profile with a letter": png(text(RAW, profile(odd).replace(b"2a", b"2g"))),
    "PNG: the last profile counts": png(ztext(RAW, profile(odd)), text(RAW, profile(exif(3)))),
    "PNG: a profile without end": png(
        chunk(b"zTXt", RAW + b"\0\0" + zlib.compress(profile(odd) + 90 * b" ", 0)[:-40])),
    "PNG: a profile that is not zlib": png(chunk(b"zTXt", RAW + b"\0\0" + profile(odd))),
    "PNG: a profile beyond the limit": png(ztext(RAW, profile(odd) + bytes(1 << 20))),
    "PNG: a profile without value": png(chunk(b"zTXt", RAW), itext(XMP, xmp(6))),
    "PNG: XMP": png(itext(XMP, xmp(6))),
    "PNG: XMP behind the pixels": png(behind=[itext(XMP, xmp(8, "element"), compressed=1)]),
    "PNG: XMP in tEXt": png(text(XMP, xmp(3))),
    "PNG: XMP in zTXt": png(ztext(XMP, xmp(7, "element"))),
    "PNG: XMP that is not UTF-8": png(itext(XMP, xmp(6) + b"\xff")),
    "PNG: XMP that is not UTF-8 after text": png(text(XMP, xmp(3)), itext(XMP, xmp(6) + b"\xff")),
    "PNG: single quotes": png(itext(XMP, xmp(6, "quoted"))),
    "PNG: the second attribute": png(itext(XMP, xmp(6, "second"))),
    "PNG: XMP says 9": png(itext(XMP, xmp(9))),
    "PNG: EXIF of 1 before XMP": png(chunk(b"eXIf", exif(1)), itext(XMP, xmp(6))),
    "PNG: EXIF without orientation, XMP": png(
        chunk(b"eXIf", tiff((0x100, 3, 1, bytes(4)))), itext(XMP, xmp(6))),
    "PNG: EXIF that is no TIFF": png(chunk(b"eXIf", b"something else"), itext(XMP, xmp(6))),
    "JPEG: EXIF": jpeg(app1(PREFIX + exif(6, ">"))),
    "JPEG: EXIF with two prefixes": jpeg(app1(2 * PREFIX + exif(6))),
    "JPEG: EXIF in two segments": jpeg(app1(PREFIX + odd[:20]), app1(PREFIX + odd[20:])),
    "JPEG: XMP": jpeg(app1(HEAD + xmp(6))),
    "JPEG: XMP before EXIF of 3": jpeg(app1(HEAD + xmp(6)), app1(PREFIX + exif(3))),
    "JPEG: the last XMP counts": jpeg(app1(HEAD + xmp(6)), app1(HEAD + xmp(5, "element"))),
    "JPEG: an empty XMP": jpeg(app1(HEAD + xmp(6)), app1(HEAD)),
    "JPEG: stray bytes": jpeg(app1(HEAD + xmp(6)), b"\7\xff\0\7\xff", app1(PREFIX + exif(3))),
    "JPEG: EXIF of 9 before XMP": jpeg(app1(PREFIX + exif(9)), app1(HEAD + xmp(6))),
    "JPEG: EXIF that is no TIFF": jpeg(app1(3 * PREFIX + exif(6)), app1(HEAD + xmp(6))),
    "JPEG: a tag twice": jpeg(app1(PREFIX + tiff(
        (0x10F, 3, 1, bytes(4)), (0x10F, 4, 1 << 31, bytes(4)), (0x110, 5, 1, b"\x44\0\0\0"),
        short(6))), app1(HEAD + xmp(3))),
    "JPEG: LONG": jpeg(app1(PREFIX + tiff((0x112, 4, 1, struct.pack("<I", 6))))),
    "JPEG: BYTE": jpeg(app1(PREFIX + tiff((0x112, 1, 1, b"\6\0\0\0"))), app1(HEAD + xmp(6))),
    "JPEG: signed BYTE": jpeg(app1(PREFIX + tiff((0x112, 6, 1, b"\6\0\0\0")))),
    "JPEG: two SHORT": jpeg(app1(PREFIX + tiff((0x112, 3, 2, struct.pack("<HH", 6, 3))))),
    "JPEG: three SHORT": jpeg(app1(PREFIX + tiff((0x112, 3, 3, struct.pack("<I", 14))))),
    "JPEG: no SHORT": jpeg(app1(PREFIX + tiff((0x112, 3, 0, struct.pack("<HH", 6, 0)))),
                           app1(HEAD + xmp(8))),
    "JPEG: the first usable tag counts": jpeg(
        app1(PREFIX + tiff((0x112, 99, 1, bytes(4)), short(6), short(3)))),
    "JPEG: a tag beyond the data": jpeg(app1(PREFIX + broken), app1(HEAD + xmp(8))),
    "JPEG: a tag cut by the end": jpeg(
        app1(PREFIX + tiff((0x10F, 2, 30, struct.pack("<I", 30)), short(6)))),
    "JPEG: a tag elsewhere": jpeg(app1(PREFIX + far)),
    "JPEG: a directory that ends early": jpeg(app1(PREFIX + exif(6)[:-12])),
    "JPEG: swapped signature": jpeg(app1(PREFIX + tiff(short(6), head=b"II\0*"))),
    "JPEG: swapped big-endian signature": jpeg(
        app1(PREFIX + tiff(short(6, ">"), order=">", head=b"MM*\0"))),
    "WebP: EXIF": webp((b"EXIF", exif(8, ">"))),
    "WebP: EXIF with two prefixes": webp((b"EXIF", 2 * PREFIX + exif(6))),
    "WebP: the first EXIF counts": webp((b"EXIF", exif(6)), (b"EXIF", exif(3))),
    "WebP: EXIF without its flag": webp((b"EXIF", exif(6)), flags=0x04),
    "WebP: XMP": webp((b"XMP ", xmp(6))),
    "WebP: XMP without its flag": webp((b"XMP ", xmp(6)), flags=0),
    "WebP: EXIF of 1 before XMP": webp((b"XMP ", xmp(6)), (b"EXIF", exif(1))),
    "WebP: by Pillow": plain("WEBP", xmp=xmp(7, "element")),
}


def found(data):
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
        value = image.getexif().get(0x112, 1)
        return value if value in range(1, 9) else 1
    except Exception:
        return None


if __name__ == "__main__":
    entries = [
        {"name": name, "file": base64.b64encode(data).decode(), "orientation": found(data)}
        for name, data in FILES.items()
    ]
    path = pathlib.Path(__file__).parent / "orientations.json"
    path.write_text("[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n")
