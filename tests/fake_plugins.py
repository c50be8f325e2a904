"""Sources of fake plugins, and what must be true of a broken one."""

CURVE = """
    import ganframe
    from ganframe import component

    @component
    class {name}:
        \"\"\"A curve of zeros.\"\"\"

        def at(self, now):
            return 0.0

    @ganframe.plugin
    def ganframe_curves():
        return [{name}]
    """

WRONG_ARGUMENT = """
    import ganframe

    @ganframe.plugin
    def ganframe_curves():
        raise AssertionError("a refused plugin is asked for nothing")

    @ganframe.plugin
    def ganframe_losses(spec):
        return []
    """


def reason(found, plugin):
    """The one line about a broken plugin; it names the package and its version, and the stock stays usable."""
    lines = [str(b) for b in found.broken if b.plugin == plugin]
    assert len(lines) == 1, [str(b) for b in found.broken]
    assert "1.5" in lines[0]
    assert "\n" not in lines[0]
    assert {"torch", "gan", "image"} <= set(found.packages)
    assert "gan" not in {b.plugin for b in found.broken}
    return lines[0]
