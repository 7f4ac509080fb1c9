import base64
import hashlib

from regard.report.scripts import content_security_policy, read_scripts


def test_a_script_is_listed_by_its_hash():
    script = "document.title = 'é';\n"
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode()
    assert content_security_policy([script]).endswith(f"; script-src 'sha256-{digest}'")


def test_a_page_without_scripts_runs_none():
    policy = content_security_policy([])
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("script-src 'none'")


def test_a_script_is_read_once():
    (script,) = read_scripts(["theme.js", "theme.js"])
    assert "\r" not in script
    assert "</script" not in script
