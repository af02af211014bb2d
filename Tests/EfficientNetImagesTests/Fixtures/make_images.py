"""Writes small pictures of every supported format, and beside each the pixels that Pillow decodes.

    python make_images.py        (Pillow 13.0.0 with libjpeg-turbo 3.2.0 and libwebp 1.6.0, NumPy 2.4.6)

NAME is the picture; NAME.ppm has the pixels of ImageOps.exif_transpose(Image.open(NAME)).convert("RGB"),
unless a comment says otherwise.
"""

import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

folder = pathlib.Path(__file__).parent
W, H = 37, 23


def scene(width=W, height=H):
    """Gradients with edges and a little noise: neither flat nor random."""
    y, x = np.mgrid[0:height, 0:width]
    red = 255 * x / width
    green = 255 * y / height
    blue = 128 + 100 * np.sin(x / 3) * np.cos(y / 4)
    rgb = np.stack([red, green, blue], axis=-1)
    rgb[height // 4 : height // 2, width // 4 : width // 2] = (250, 20, 60)
    rgb += np.random.default_rng(1).normal(0, 6, rgb.shape)
    return Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))


def keep(name, data, pixels=None):
    (folder / name).write_bytes(data)
    if pixels is None:
        pixels = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    pixels.save(folder / f"{name}.ppm")


def save(name, image, **options):
    file = io.BytesIO()
    image.save(file, {"jpg": "JPEG", "png": "PNG", "webp": "WebP"}[name.split(".")[1]], **options)
    keep(name, file.getvalue())


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, rows, extra=b""):
    """Returns a PNG from its rows, for the depths that Pillow does not write."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data)
            + chunk(b"IEND", b""))


def adam7(rgb):
    """Returns an interlaced PNG, which Pillow does not write."""
    height, width, _ = rgb.shape
    data = b""
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                           (1, 0, 2, 2), (0, 1, 1, 2)]:
        part = rgb[y0::dy, x0::dx]
        if part.size:
            data += b"".join(b"\0" + row.tobytes() for row in part)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data))
            + chunk(b"IEND", b""))


def exif(orientation, order="<"):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = struct.pack(order + "HHIHH", 0x0100, 3, 1, 9, 0)  # another tag first
    entries += struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return mark + struct.pack(order + "IH", 8, 2) + entries + struct.pack(order + "I", 0)


photo = scene()
rgb = np.asarray(photo)
gray = photo.convert("L")
alpha = Image.fromarray((np.arange(W * H) % 256).astype(np.uint8).reshape(H, W))

# JPEG
save("baseline.jpg", photo, quality=85)
save("full.jpg", photo, quality=92, subsampling="4:4:4")
save("wide.jpg", photo, quality=85, subsampling="4:2:2")
save("progressive.jpg", photo, quality=85, progressive=True)
save("restarts.jpg", photo, quality=85, restart_marker_blocks=2)
save("gray.jpg", gray, quality=85)
save("keptrgb.jpg", photo, quality=90, keep_rgb=True)
save("cmyk.jpg", photo.convert("CMYK"), quality=90)
save("one.jpg", scene(1, 1), quality=85)

# The colours of an Adobe YCCK file: CMYK data marked "transform 2", so that decoders convert YCC to CMY.
data = bytearray((folder / "cmyk.jpg").read_bytes())
place = data.index(b"Adobe")
data[place + 11] = 2
keep("ycck.jpg", bytes(data))

for orientation in range(1, 9):
    save(f"turned{orientation}.jpg", scene(19, 11), quality=85,
         exif=b"Exif\0\0" + exif(orientation, "<>"[orientation % 2]))
save("turned.png", scene(19, 11), exif=exif(6))
save("turned.webp", scene(19, 11), lossless=True, exif=exif(8, ">"))

# PNG
save("rgb.png", photo)
save("gray.png", gray)
save("bits1.png", gray.convert("1"))
save("palette.png", photo.quantize(200))
for bits in (1, 2, 4):
    save(f"palette{bits}.png", photo.quantize(2**bits), bits=bits)
    if bits > 1:
        levels = (np.asarray(gray) >> (8 - bits)).astype(np.uint8)
        rows = []
        for row in levels:
            text = "".join(format(v, f"0{bits}b") for v in row)
            text += "0" * (-len(text) % 8)
            rows.append(int(text, 2).to_bytes(len(text) // 8, "big"))
        keep(f"bits{bits}.png", png(W, H, bits, 0, rows))
save("alpha.png", Image.merge("RGBA", (*photo.split(), alpha)))
save("grayalpha.png", Image.merge("LA", (gray, alpha)))
save("palettealpha.png", photo.quantize(16), transparency=bytes(range(0, 160, 10)))
save("key.png", photo, transparency=tuple(int(v) for v in rgb[3, 3]))
save("graykey.png", gray, transparency=int(np.asarray(gray)[3, 3]))
keep("interlaced.png", adam7(rgb))

wide = (rgb.astype(np.uint16) << 8) | 0x9C
keep("rgb16.png", png(W, H, 16, 2, [row.astype(">u2").tobytes() for row in wide]))
wide = (np.asarray(gray).astype(np.uint16) << 8) | 0x9C
# Pillow's convert("RGB") clips 16-bit gray at 255; the fixture is the high byte.
keep("gray16.png", png(W, H, 16, 0, [row.astype(">u2").tobytes() for row in wide]),
     gray.convert("RGB"))

# WebP
save("lossy.webp", photo, quality=80)
save("lossless.webp", photo, lossless=True)
save("alpha.webp", Image.merge("RGBA", (*photo.split(), alpha)), lossless=True, exact=True)
save("lossyalpha.webp", Image.merge("RGBA", (*photo.split(), alpha)), quality=80)
file = io.BytesIO()
photo.save(file, "WebP", save_all=True, append_images=[photo.rotate(180)], duration=100)
(folder / "animated.webp").write_bytes(file.getvalue())

# 30000×30000 pixels in a few bytes.
(folder / "bomb.png").write_bytes(png(30000, 30000, 8, 2, [b""]))
data = bytearray((folder / "progressive.jpg").read_bytes())
place = data.index(b"\xff\xc2")
data[place + 5 : place + 9] = struct.pack(">HH", 30000, 30000)
(folder / "bomb.jpg").write_bytes(bytes(data))
