"""Pictures in a zip archive, read where they lie: nothing is extracted, and no claim of the archive is believed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import attrs

#: More members than this are no data set.
MEMBERS = 5_000_000
#: Bytes of one member, unpacked.
SIZE = 256 * 2**20
#: How much larger a member may be unpacked than packed, from LARGE bytes on; pictures are packed already.
RATIO, LARGE = 200, 2**20


@attrs.frozen(eq=False)
class Member:
    """A file in an archive; its text is the archive's path and its own."""

    archive: zipfile.ZipFile
    info: zipfile.ZipInfo

    def __str__(self) -> str:
        return f"{self.archive.filename}/{self.info.filename}"

    def open(self) -> io.BytesIO:
        """Its bytes. ValueError where it is encrypted or larger than the limits; zipfile's errors where damaged."""
        size, packed = self.info.file_size, self.info.compress_size
        if self.info.flag_bits & 1:
            raise ValueError("it is encrypted")
        if size > SIZE:
            raise ValueError(f"it has {size} bytes, more than {SIZE}")
        if size > LARGE and size > RATIO * packed:
            raise ValueError(f"{packed} bytes that unpack to {size} are no picture")
        # zipfile reads no more than the size that is claimed, and then checks the sum.
        return io.BytesIO(self.archive.read(self.info))


def members(path: Path) -> list[tuple[tuple[str, ...], Member]]:
    """The files of an archive with the parts of their names, sorted by these; hidden ones are left out.

    One folder around everything is looked through. ValueError, with the path, where it cannot be read, holds a name
    twice or more than MEMBERS files.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ValueError(f"{path}: cannot be read as a zip archive ({error})") from None
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MEMBERS:
        raise ValueError(f"{path}: holds {len(infos)} files, more than {MEMBERS}")
    found: dict[tuple[str, ...], Member] = {}
    for info in infos:
        parts = tuple(part for part in info.filename.split("/") if part)
        if any(part.startswith((".", "__MACOSX")) for part in parts):
            continue
        if parts in found:
            raise ValueError(f"{path}: holds '{info.filename}' twice")
        found[parts] = Member(archive, info)
    around = len({parts[0] for parts in found}) == 1 and all(len(parts) > 2 for parts in found)
    return sorted(((parts[1:] if around else parts, member) for parts, member in found.items()), key=lambda e: e[0])
