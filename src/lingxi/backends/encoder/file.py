"""`file:` a folder with a model: `tokenizer.json` beside an ONNX file, or as sentence-transformers writes it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from lingxi.backends.encoder._folder import Folder, print_of
from lingxi.domain.errors import Invalid


def open_encoder(url: str) -> Folder:
    """The encoder in a folder: `file:///models/bge-small-zh`, or relative to where it is run, `file:models/…`.

    Raises:
        Invalid: there is no such folder, or it holds no model that can be read.
    """
    folder = Path(unquote(urlsplit(url).path)).expanduser()
    if not folder.is_dir():
        raise Invalid(
            f"there is no folder '{folder}'", where="text.encoder", remedy="give the path of a model's folder"
        )
    return Folder(folder, f"file-{print_of(folder)}")
