"""Image, compose file and manifests: sound by their own tools, pinned, and in step with the settings of the code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from services.kit.settings import SERVICES
from tests.deploy.settings_read import BY_LIBRARIES, COMMANDS, DEPLOY, ROOT, documents, over_a_broker, variables_read

KUBERNETES = DEPLOY / "kubernetes"
MANIFESTS = sorted(
    file for file in KUBERNETES.rglob("*.yaml") if file.name not in ("kustomization.yaml", "servicemonitor.yaml")
)
PINNED = re.compile(r"[\w./-]+:\d+\.\d+(\.\d+)?(-[\w.]+)?")
VERSION = "1.33"


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
    return found


def workloads() -> list[tuple[str, dict[str, Any]]]:
    """Every pod of the manifests: where it stands, and its specification."""
    return [
        (f"{file.relative_to(KUBERNETES)} {document['metadata']['name']}", document["spec"]["template"]["spec"])
        for file in MANIFESTS
        for document in documents(file)
        if document["kind"] in ("Deployment", "Job")
    ]


# the image


def test_the_dockerfile_pleases_its_linter() -> None:
    program = shutil.which("hadolint") or str(Path(sys.executable).with_name("hadolint"))
    checked = subprocess.run(
        [program, str(DEPLOY / "Dockerfile")], capture_output=True, text=True, timeout=60, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_image_runs_as_nobody_special_from_the_lock_with_hashes_and_without_a_compiler() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    final = text.rsplit("\nFROM ", 1)[1]
    assert "--require-hashes --only-binary :all: -r requirements.lock" in text
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    assert not re.search(r"apt-get|pip install|gcc", final)


def test_everything_the_image_copies_is_there_and_let_through_to_the_build() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+) ", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    let_through = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    absent = [source for source in copied if not (ROOT / source).exists()]
    assert absent == ([] if over_a_broker() else ["deploy/kafka"])
    assert all("!" + source.split("/")[0] in let_through for source in copied)


# the compose file


def test_every_image_of_the_compose_file_is_pinned() -> None:
    images = {service["image"] for service in compose()["services"].values()}
    assert {image for image in images if not PINNED.fullmatch(image)} == set()


def test_the_compose_file_runs_every_service_three_brokers_and_nothing_published_but_the_proxy() -> None:
    services = compose()["services"]
    assert {*SERVICES, "postgres", "kafka-1", "kafka-2", "kafka-3", "proxy", "begin"} == set(services)
    assert [name for name, service in services.items() if service.get("ports")] == ["proxy"]
    for name in SERVICES:
        assert services[name]["command"][:2] == ["serve", name]
        assert services[name]["read_only"] is True
        assert services[name]["user"] == "10001:10001"
    assert all(services[f"kafka-{n}"]["environment"]["KAFKA_MIN_INSYNC_REPLICAS"] == "2" for n in (1, 2, 3))


def test_whatever_a_service_of_the_compose_file_waits_for_says_when_it_is_healthy() -> None:
    services = compose()["services"]
    image = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    for name, service in services.items():
        for other, wait in service.get("depends_on", {}).items():
            if wait["condition"] == "service_healthy":
                checked = "healthcheck" in services[other] or (other in SERVICES and "HEALTHCHECK" in image)
                assert checked, f"{name} waits for {other}"


def test_volumes_of_the_compose_file_are_declared_and_files_it_mounts_are_there() -> None:
    document = compose()
    for name, service in document["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            known = (DEPLOY / source).exists() if source.startswith(".") else source in document["volumes"]
            assert known, f"{name}: {source}"


# the manifests


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: str(file.relative_to(KUBERNETES)))
def test_every_manifest_fits_the_schema_of_kubernetes(file: Path) -> None:
    for document in documents(file):
        kubernetes_validate.validate(document, VERSION, strict=True)


def test_every_kustomization_names_files_that_are_there_and_leaves_none_out() -> None:
    named: set[Path] = {KUBERNETES / "secret.template.yaml"}
    for file in sorted(KUBERNETES.rglob("kustomization.yaml")):
        (document,) = documents(file)
        paths = [*document.get("resources", []), *(patch["path"] for patch in document.get("patches", []))]
        paths += [path for made in document.get("configMapGenerator", []) for path in made["files"]]
        for path in paths:
            assert (file.parent / path).exists(), f"{file}: {path}"
            named.add((file.parent / path).resolve())
    left_out = {file.resolve() for file in MANIFESTS} - {path.resolve() for path in named}
    assert left_out == set()


def test_every_pod_is_unprivileged_bounded_and_has_a_root_nobody_can_write() -> None:
    assert len(workloads()) == len(SERVICES) + 3
    for where, pod in workloads():
        assert pod["securityContext"]["runAsNonRoot"] is True, where
        assert pod["automountServiceAccountToken"] is False, where
        for container in pod["containers"]:
            context, resources = container["securityContext"], container["resources"]
            assert context["readOnlyRootFilesystem"] is True, where
            assert context["allowPrivilegeEscalation"] is False, where
            assert context["capabilities"] == {"drop": ["ALL"]}, where
            assert set(resources["requests"]) == set(resources["limits"]) == {"cpu", "memory"}, where
            assert PINNED.fullmatch(container["image"]), where


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_probes_a_budget_and_grows_with_its_load(service: str) -> None:
    by_kind = {document["kind"]: document for document in documents(KUBERNETES / "base" / f"{service}.yaml")}
    container = by_kind["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert container["args"][:2] == ["serve", service]
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    port = str(container["ports"][0]["containerPort"])
    assert container["args"][container["args"].index("--port") + 1] == port
    assert by_kind["Service"]["spec"]["ports"][0]["port"] == int(port)
    assert by_kind["PodDisruptionBudget"]["spec"]["minAvailable"] >= 1
    assert by_kind["HorizontalPodAutoscaler"]["spec"]["minReplicas"] >= 2
    assert f"server {service}:{port}" in (DEPLOY / "nginx" / "nginx.conf").read_text(encoding="utf-8")


def test_nobody_speaks_to_anybody_unless_it_is_said() -> None:
    policies = {
        document["metadata"]["name"]: document["spec"] for document in documents(KUBERNETES / "base/network.yaml")
    }
    assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert [name for name, spec in policies.items() if "ipBlock" in str(spec)] == ["channels"]


def test_the_template_of_the_secret_holds_no_value() -> None:
    (template,) = documents(KUBERNETES / "secret.template.yaml")
    assert set(template["stringData"].values()) == {""}


# in step with the code


def variables_set() -> dict[str, str]:
    """Every variable that compose file and manifests give to Redress, and where."""
    found = {
        name: f"compose {service}" for service in SERVICES for name in compose()["services"][service]["environment"]
    }
    for file in MANIFESTS:
        for document in documents(file):
            if document["kind"] in ("ConfigMap", "Secret") and document["metadata"]["name"] == "redress":
                values = document.get("data", {}) | document.get("stringData", {})
                found |= dict.fromkeys(values, str(file.relative_to(KUBERNETES)))
    return found


def test_every_variable_that_is_set_is_read_by_the_code() -> None:
    read = variables_read() | set(BY_LIBRARIES) | COMMANDS
    unread = {name: where for name, where in variables_set().items() if name not in read}
    if not over_a_broker():
        unread = {name: where for name, where in unread.items() if not of_the_broker(name)}
    assert unread == {}


def of_the_broker(name: str) -> bool:
    """Variables of running over a broker: each service with its database, TLS before the proxy."""
    return name.startswith(("KAFKA_", "DATABASE_URL_")) or name == "REDRESS_SECURE_COOKIES"


@pytest.mark.parametrize(("name", "file"), BY_LIBRARIES.items())
def test_what_a_library_is_said_to_read_it_reads(name: str, file: str) -> None:
    package = find_spec(file.split("/")[0])
    assert package is not None
    assert package.origin is not None
    assert name in (Path(package.origin).parents[1] / file).read_text(encoding="utf-8")


def test_every_setting_the_code_reads_is_in_the_operators_book() -> None:
    book = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert {name for name in variables_read() | set(variables_set()) - COMMANDS if f"`{name}`" not in book} == set()


def test_every_command_in_the_operators_book_is_there() -> None:
    from services.cli.app import COMMANDS as commands

    book = (DEPLOY / "README.md").read_text(encoding="utf-8")
    known = set(commands)
    coming = set() if over_a_broker() and "backup" in known else {"backup", "restore", "audit", "parked"}
    named = set(re.findall(r"(?<!-n )\bredress ([a-z]+)\b", book))
    assert named - known - coming == set()
