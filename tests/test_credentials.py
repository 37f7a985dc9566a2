"""What opens an address is masked in everything that is written."""

import json

import pytest

from auditor.config.settings import Settings
from auditor.credentials import credentials, without_credentials


@pytest.mark.parametrize(
    "address",
    [
        "https://anna:s3cret@host/x.csv",
        "https://s3cret@host/x.csv",
        "postgresql://anna:s3cr/et@w@host:5432/db".replace("s3cr/et@w", "a/s3cret@w"),
        "ray://anna:s3cret@10.0.0.1:10001",
        "https://host/x.csv?sv=1&sig=s3cret",
        "https://host/x.csv?X-Amz-Date=1&X-Amz-Signature=s3cret&x=2",
        "https://host/x?api_key=s3cret#access_token=s3cret",
        "--set=benchmark.x=https://host/?token=s3cret",
    ],
)
def test_passwords_and_tokens_go_and_the_rest_stays(address):
    masked = without_credentials(address)
    assert ("s3cret" not in masked and "<CREDENTIALS>" in masked and "host" in masked) or "10.0.0.1" in masked
    assert not credentials(masked.replace("<CREDENTIALS>", ""))


@pytest.mark.parametrize(
    "address",
    [
        "https://host:8080/a@2x.png",
        "https://host/x.csv?page=2&mail=a@b.org",
        "sftp://anna@host/x.csv",
        "s3://bucket/key.csv",
        "anna@example.org",
        "10.0.0.1:6379",
        "C:\\data\\a@b.csv",
    ],
)
def test_addresses_without_them_stay_as_they_are(address):
    assert without_credentials([address, {address: (address, 3)}]) == [address, {address: (address, 3)}]


def test_settings_are_written_without_them():
    settings = Settings(ray_address="ray://anna:s3cret@host:10001", plugins=())
    assert "s3cret" not in json.dumps(settings.written())
    assert settings.written() | {"ray_address": None} == Settings().model_dump(mode="json") | {"ray_address": None}


def test_no_file_of_a_run_and_no_line_of_show_config_holds_them(auditor, tmp_path):
    (tmp_path / "in.csv").write_text("text\n" + "".join(f"some text number {i}\n" for i in range(12)))
    secret = ("--set", "ray_address=ray://anna:s3cret@host:10001", "--set", "pii.ner=off", "--ignore", "STL")
    process = auditor("scan", "in.csv", "-o", "run", *secret, cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    shown = auditor("scan", "--show-config", *secret, cwd=tmp_path)
    assert "<CREDENTIALS>" in shown.stdout
    texts = [process.stdout, process.stderr, shown.stdout, *(p.read_bytes().decode("utf-8", "replace")
             for p in (tmp_path / "run").rglob("*") if p.is_file())]  # fmt: skip
    assert not any("s3cret" in text for text in texts)
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["given"] == []
