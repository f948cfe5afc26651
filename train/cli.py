"""avce-train: prepare data, train, evaluate, report."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from jsonargparse import Namespace

from ..model.errors import EXIT_DONE, EXIT_FAILURE, InputError, run_command
from ..model.included import named_model
from .config import RunConfig, check_subset
from .crops.preparation import chosen_preparation
from .options import RowParser, build_parser, fit_parser, run_config

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = TypeVar("S", bound="DataclassInstance")


def _run_prepare(options: Namespace) -> None:
    from .crops.prepare import prepare
    from .datasets import parse_data
    from .datasets.splits import take_every, take_subset

    check_subset(options.subset)
    preparation = chosen_preparation(options)
    for source in parse_data(options.data):
        # Split by split, as fit, evaluate and report ask for them.
        splits = source.read_splits(options.split, preparation.max_faulty)
        for split, listing in splits.items():
            prepared = prepare(
                take_subset(
                    take_every(listing, options.stride), options.subset, even=options.even_subset
                )
                if split == "train"
                else listing,
                preparation,
                size=options.size,
                grey=not options.colour,
            )
            stored = sum(file.stat().st_size for file in prepared.folder.glob("crops.*"))
            print(
                f"{source.name}, {split}: {len(prepared)} crops of "
                f"{stored / len(prepared) / 1e3:.1f} kB, a face found in "
                f"{prepared.found.mean():.1%}; what was left out and why is in "
                f"{prepared.folder / 'report.json'}"
            )


def _run_fit(options: Namespace) -> None:
    if options.adapt:
        _run_adapt(_adapted(options))
        return
    import torch
    from pytorch_lightning.utilities import rank_zero_only

    from .fit import fit
    from .run_folder import best_checkpoint

    if options.threads:
        torch.set_num_threads(options.threads)
    fit(
        run_config(options),
        options.run,
        chosen_preparation(options),
        imagenet=options.imagenet,
    )

    @rank_zero_only
    def say() -> None:
        print(f"best checkpoint: {best_checkpoint(options.run)}")

    say()


def _run_compare(options: Namespace) -> int:
    import torch

    from .comparison.compare import compare
    from .comparison.grid import Training

    if options.threads:
        torch.set_num_threads(options.threads)
    parser = fit_parser(RowParser)

    def parse(values: dict[str, Any]) -> Training:
        found = parser.parse_object({"run": options.out, **values})
        return Training(run_config(found), found.imagenet)

    outcome = compare(
        options.grid,
        options.out,
        parse,
        chosen_preparation(options),
        data=options.data,
        page=options.markdown,
        table=options.csv,
        command=options.written,
        dry=options.dry_run,
    )
    return EXIT_FAILURE if outcome.failures else EXIT_DONE


def _included(model: Path) -> Path:
    """The path that is named, or the included model of that name where nothing is there."""
    return named_model(model) if model.suffix in ("", ".onnx") else model


def _run_evaluate(options: Namespace) -> None:
    from .evaluate import evaluate, write_json
    from .tables import print_metrics

    result = evaluate(
        _included(options.model),
        options.data,
        options.split,
        chosen_preparation(options),
        provider=options.provider,
        predictions=options.predictions,
        part=options.part,
        anchors=options.anchors,
        copies=options.copies,
    )
    for words in result.get("left_out", ()):
        print(words, file=sys.stderr)
    print_metrics(result)
    if options.json is not None:
        write_json(result, options.json)


def _chosen(settings: type[S], options: Namespace) -> S:
    """The settings with the options of their names."""
    return settings(**{f.name: options[f.name] for f in fields(settings)})


def _beside(model: Path, suffix: str) -> Path:
    return model.with_name(f"{model.stem}-{suffix}.onnx")


def _run_refit(options: Namespace) -> None:
    from .heads.head_settings import RefitSettings
    from .heads.refit import refit

    settings = _chosen(RefitSettings, options)
    out = options.out or _beside(options.model, "refit")
    found = refit(options.model, out, settings, chosen_preparation(options))
    valence, arousal = found["ccc"]
    print(
        f"last layer solved on {found['n']} faces, ridge {found['strength']:g}; cross-validated "
        f"CCC {valence:.4f} (valence), {arousal:.4f} (arousal)"
    )
    print(f"wrote {out}")


def _run_heads(options: Namespace) -> None:
    from .heads.add import give_heads
    from .heads.head_settings import HeadSettings

    settings = _chosen(HeadSettings, options)
    out = options.out or _beside(options.model, "heads")
    found = give_heads(options.model, out, settings, chosen_preparation(options))
    for axis, values in found.items():
        print(
            f"{axis}: intervals hold {values['coverage']:.3f} of the labels that they were "
            f"calibrated on, mean half width {values['mean_halfwidth']:.3f} (a constant one: "
            f"{values['constant_halfwidth']:.3f})"
        )
    print(f"wrote {out}")


def _run_covered(options: Namespace) -> None:
    from .heads.covered import tell_covered
    from .heads.head_settings import CoveredSettings

    settings = _chosen(CoveredSettings, options)
    out = options.out or _beside(options.model, "covered")
    found = tell_covered(options.model, out, settings, chosen_preparation(options))
    for part, values in found.items():
        valence, arousal = values["widening"]
        print(
            f"{part}: hidden ones told from others with AUC {values['auc']:.3f}; intervals widen "
            f"from a share of {values['usual']:.2f} on, by {valence:.2f} (valence) and "
            f"{arousal:.2f} (arousal) where all is hidden"
        )
    print(f"wrote {out}")


def _run_report(options: Namespace) -> None:
    from .reports.report import ReportSettings, write_report

    built = {
        "against": tuple(map(Path, options.against)),
        "preparation": chosen_preparation(options),
    }
    values = {f.name: options[f.name] for f in fields(ReportSettings) if f.name not in built}
    settings = ReportSettings(**values, **built)
    page = write_report(settings)
    if settings.show_faces:
        print("The report shows faces of the data set: share it only as the data's terms allow.")
    print(f"wrote {page} and the figures beside it")


def _run_card(options: Namespace) -> None:
    from .cards.ablation import read_ablation
    from .cards.card import measure, write_card

    # Before the long measuring: a wrong file is told now.
    ablation = read_ablation(options.ablation) if options.ablation else None
    measured = []
    for text in options.data:
        data, _, split = text.partition("@")
        measured.append(measure(options.model, data, split or "val", chosen_preparation(options)))
    out = options.out or options.model.with_suffix(".md")
    write_card(options.model, measured, options.command, out, ablation)
    print(f"wrote {out}")


def _adapted(options: Namespace) -> Namespace:
    """The options of `adapt` that those of `fit --adapt` stand for."""
    if not options.start:
        raise InputError("--adapt needs --start MODEL: the exported model to fit.")
    if run_config(options) != RunConfig(data=options.data, start=options.start):
        raise InputError(
            "--adapt chooses by itself what is learned and how: with it, fit takes --start, "
            "--data, --run and how faces are prepared."
        )
    model = Path(options.start)
    options.model, options.out = model, options.run / f"{model.stem}-adapted.onnx"
    return options


def _run_adapt(options: Namespace) -> None:
    from .adaptation.adapt import adapt

    def say(words: str) -> None:
        print(words, file=sys.stderr, flush=True)

    model, preparation = _included(options.model), chosen_preparation(options)
    done = adapt(model, options.data, options.out, preparation, say=say)
    trial, kind = done.trial, done.facts["held_out"]
    print(f"adapted by its {trial.level}: {trial.words} on {kind} held out")
    print(f"wrote {done.out} and {done.card}")


def _run_bench(options: Namespace) -> None:
    from .bench import BenchSettings, bench, print_costs

    settings = _chosen(BenchSettings, options)
    print_costs(bench(settings), settings)


_COMMANDS: dict[str, Callable[[Namespace], int | None]] = {
    "prepare": _run_prepare,
    "fit": _run_fit,
    "compare": _run_compare,
    "evaluate": _run_evaluate,
    "refit": _run_refit,
    "heads": _run_heads,
    "covered": _run_covered,
    "report": _run_report,
    "card": _run_card,
    "adapt": _run_adapt,
    "bench": _run_bench,
}


def main(arguments: list[str] | None = None) -> int:
    """Run avce-train; returns the exit status."""
    options = build_parser().parse_args(arguments)
    command = options.subcommand
    options[command].written = shlex.join(["avce-train", *(arguments or sys.argv[1:])])
    return run_command(
        lambda: _COMMANDS[command](options[command]), name="avce-train", debug=options.debug
    )


if __name__ == "__main__":
    sys.exit(main())
