"""The words of Lingxi as frozen structs, and the one tree of errors. No I/O."""
