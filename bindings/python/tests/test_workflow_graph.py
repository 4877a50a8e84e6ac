"""Writing graphs: operators, constants, maps, groups, loops, what is refused, and what is drawn. Without a server."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import distcoord
from distcoord import InvalidArgument
from distcoord.app import App, AppWorkflow
from distcoord.app.flows.binding import Given, bound


def needs(workflow: AppWorkflow) -> dict[str, list[str]]:
    return {node.name: node.needed_names() for node in workflow._builder.nodes()}


def tasks(workflow: AppWorkflow, names: str) -> list[Any]:
    def task() -> None: ...

    return [workflow.task(name=name)(task) for name in names]


@pytest.fixture
def workflow() -> AppWorkflow:
    return App().workflow("etl")


# ---------------------------------------------------------------- operators


def test_operators_say_who_needs_whom(workflow: AppWorkflow) -> None:
    a, b, c, d = tasks(workflow, "abcd")
    a >> (b | c) >> d
    assert needs(workflow) == {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}


def test_lists_stand_for_tasks_side_by_side(workflow: AppWorkflow) -> None:
    a, b, c, d = tasks(workflow, "abcd")
    a >> [b, c] >> d
    [a, b] >> d
    assert needs(workflow) == {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c", "a"]}


def test_a_chain_begins_with_its_first_and_ends_with_its_last(workflow: AppWorkflow) -> None:
    a, b, c, d = tasks(workflow, "abcd")
    (a >> b) | (c >> d)
    e, f = tasks(workflow, "ef")
    e >> ((a >> b) | (c >> d)) >> f
    assert needs(workflow) == {"a": ["e"], "b": ["a"], "c": ["e"], "d": ["c"], "e": [], "f": ["b", "d"]}


def test_needs_are_said_by_tasks_names_or_lists(workflow: AppWorkflow) -> None:
    a, b = tasks(workflow, "ab")

    @workflow.task(needs=[a, "b"])
    def c() -> None: ...

    @workflow.task(needs=c)
    def d() -> None: ...

    assert needs(workflow)["c"] == ["a", "b"] and needs(workflow)["d"] == ["c"]


def test_what_is_no_part_of_a_graph_is_refused(workflow: AppWorkflow) -> None:
    (a,) = tasks(workflow, "a")
    with pytest.raises(TypeError, match="not of int"):
        a >> 3
    with pytest.raises(ValueError, match="nothing in the list"):
        a >> []


# ---------------------------------------------------------------- nodes of tasks


def test_calls_add_nodes_with_constants(workflow: AppWorkflow) -> None:
    @workflow.task
    def load(path: str, limit: int = 3) -> None: ...

    first, second = load("a"), load("b", limit=4)
    third = load.options(name="mine", retries=4)("c")
    assert [node.name for node in (first, second, third)] == ["load", "load-2", "mine"]
    assert (second.args, second.kwargs, third.options["retries"]) == (("b",), {"limit": 4}, 4)
    with pytest.raises(ValueError, match="several nodes of load: load, load-2, mine"):
        load >> load("d")


def test_a_task_called_once_stands_for_that_node(workflow: AppWorkflow) -> None:
    @workflow.task
    def load(path: str) -> None: ...

    (a,) = tasks(workflow, "a")
    load("a")
    load >> a
    assert needs(workflow) == {"load": [], "a": ["load"]}


def test_nodes_are_in_the_order_of_their_declaration(workflow: AppWorkflow) -> None:
    a, b, c = tasks(workflow, "abc")
    c >> b
    assert workflow.tasks == ["a", "b", "c"]


def test_two_nodes_of_one_name_are_refused(workflow: AppWorkflow) -> None:
    workflow.group("g")
    with pytest.raises(ValueError, match="a node 'g' already"):
        workflow.group("g")


def test_options_that_there_are_not_are_refused(workflow: AppWorkflow) -> None:
    with pytest.raises(TypeError, match="no option 'retry'"):
        workflow.task(retry=3)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="generator"):
        workflow.task(lambda: (yield))
    with pytest.raises(ValueError, match="needs name="):
        workflow.task(lambda: None)


def test_a_task_of_the_app_joins_a_workflow() -> None:
    app = App()

    @app.task
    def resize(path: str) -> str:
        return path

    workflow = app.workflow("images")
    assert workflow.task(resize).task == "images.resize"
    assert workflow.tasks == ["resize"]


# ---------------------------------------------------------------- maps, groups, loops


def test_maps_are_over_lists_and_over_what_tasks_return(workflow: AppWorkflow) -> None:
    @workflow.task
    def files() -> list[str]:
        return []

    @workflow.task
    def resize(path: str, width: int = 1) -> str:
        return path

    @workflow.task
    def total(resize: list[str]) -> int:
        return len(resize)

    resize.map(files, width=2).reduce(total)
    fixed = resize.options(name="fixed").map(range(3))
    assert needs(workflow) == {"files": [], "resize": ["files"], "total": ["resize"], "fixed": []}
    assert fixed.items == [0, 1, 2]
    with pytest.raises(ValueError, match="one task returns"):
        resize.map(fixed)


def test_what_is_added_inside_a_group_belongs_to_it(workflow: AppWorkflow) -> None:
    (a,) = tasks(workflow, "a")
    with workflow.group("outer", needs=[a]) as outer:
        (b,) = tasks(workflow, "b")
        with workflow.group("inner", at_least=1):
            (c,) = tasks(workflow, "c")
    (d,) = tasks(workflow, "d")
    outer >> d
    groups = {node.name: node.group and node.group.name for node in workflow._builder.nodes()}
    assert groups == {"a": None, "outer": None, "b": "outer", "inner": "outer", "c": "inner", "d": None}
    assert needs(workflow)["outer"] == ["a"] and needs(workflow)["d"] == ["outer"]
    workflow.validate()


def test_policies_are_checked_where_they_are_said(workflow: AppWorkflow) -> None:
    with pytest.raises(InvalidArgument, match="needs at_least="):
        workflow.group("g", policy="at_least")
    with pytest.raises(InvalidArgument, match="must be one of"):
        workflow.group("g", policy="most")  # type: ignore[arg-type]


# ---------------------------------------------------------------- what is wrong with a graph


def test_a_circle_is_refused_and_named(workflow: AppWorkflow) -> None:
    a, b, c = tasks(workflow, "abc")
    a >> b >> c >> a
    with pytest.raises(InvalidArgument, match="->"):
        workflow.validate()
    with pytest.raises(InvalidArgument, match="needs in a circle: .*->"):
        workflow.run_local()


def test_a_circle_through_a_group_is_refused(workflow: AppWorkflow) -> None:
    (a,) = tasks(workflow, "a")
    with workflow.group("g", needs=[a]):
        (b,) = tasks(workflow, "b")
    b >> a
    with pytest.raises(InvalidArgument):
        workflow.validate()
    with pytest.raises(InvalidArgument, match="circle"):
        workflow.run_local()


def test_unknown_names_are_refused_and_named(workflow: AppWorkflow) -> None:
    @workflow.task(needs=["nobody"])
    def a() -> None: ...

    with pytest.raises(InvalidArgument, match="nobody"):
        workflow.validate()


def test_the_end_of_the_block_checks_the_graph() -> None:
    with pytest.raises(InvalidArgument, match="nobody"):
        with App().workflow("etl") as workflow:
            workflow.foreign("a", language="c", needs=["nobody"])


def test_parameters_that_nothing_gives_are_named(workflow: AppWorkflow) -> None:
    @workflow.task
    def load(path: str, rows: int) -> None: ...

    with pytest.raises(InvalidArgument, match="task 'load': nothing gives its parameters 'path', 'rows'"):
        workflow.native()
    with pytest.raises(InvalidArgument, match="nothing gives its parameter 'rows'"):
        workflow.native({"path": "a"})
    with pytest.raises(InvalidArgument, match="no task has a parameter 'size'"):
        workflow.native({"path": "a", "rows": 3, "size": 1})
    workflow.native({"path": "a", "rows": 3})
    workflow.validate()  # it may yet be started with arguments


def test_constants_that_cannot_be_sent_are_named(workflow: AppWorkflow) -> None:
    @workflow.task
    def load(path: object) -> None: ...

    load(object())
    with pytest.raises(distcoord.NotSerializable, match=r"args\[0\]"):
        workflow.native()


def test_the_same_graph_has_the_same_fingerprint() -> None:
    def made(retries: int) -> str:
        workflow = App().workflow("etl")
        a, b = tasks(workflow, "ab")
        a >> b
        workflow.task(name="c", retries=retries)(lambda: None)
        return workflow.native().fingerprint

    assert made(1) == made(1) != made(2)


# ---------------------------------------------------------------- which parameter gets what


def call(function: Any, *needs: tuple[str, Any], **given: Any) -> Any:
    return bound("it", inspect.signature(function), Given(needs=needs, **given))


def test_results_go_to_parameters_named_like_their_tasks_then_by_place() -> None:
    assert call(lambda b, a: 0, ("a", 1), ("b", 2)) == ((2, 1), {})
    assert call(lambda x, a: 0, ("a", 1), ("b", 2)) == ((2, 1), {})
    assert call(lambda x, limit=3: 0, ("a", 1), ("b", 2)) == ((1,), {}), "defaults are for names alone"
    assert call(lambda *rest: 0, ("a", 1), ("b", 2)) == ((1, 2), {})
    assert call(lambda *, a: 0, ("a", 1), ("b", 2)) == ((), {"a": 1})
    assert call(lambda: 0, ("a", 1)) == ((), {}), "a need may be there for the order alone"


def test_constants_and_items_come_before_results() -> None:
    assert call(lambda x, a: 0, ("a", 1), args=(7,)) == ((7, 1), {})
    assert call(lambda x, y, a: 0, ("a", 1), args=(7,), item=(8,)) == ((8, 7, 1), {})
    assert call(lambda a: 0, ("a", 1), kwargs={"a": 9}) == ((9,), {}), "a constant in place of a result"
    assert call(lambda a, **more: 0, ("a", 1), kwargs={"z": 9}) == ((1,), {"z": 9})


def test_another_round_gives_the_first_argument() -> None:
    assert call(lambda draft, style: 0, ("load", 1), ("style", 2), again=(5,)) == ((5, 2), {})
    assert call(lambda n=0: 0, again=(5,)) == ((5,), {})
    assert call(lambda: 0, again=(5,)) == ((), {})


def test_names_are_found_without_what_no_identifier_has() -> None:
    assert call(lambda load_2, store: 0, ("split/store", 1), ("load-2", 2)) == ((2, 1), {})


def test_calls_that_do_not_fit_are_refused() -> None:
    with pytest.raises(TypeError, match="takes 1"):
        call(lambda x: 0, args=(1, 2))
    with pytest.raises(TypeError, match="no parameter 'y'"):
        call(lambda x: 0, args=(1,), kwargs={"y": 2})
    with pytest.raises(TypeError, match="'x' twice"):
        call(lambda x: 0, args=(1,), kwargs={"x": 2})


# ---------------------------------------------------------------- drawing


def test_graphs_are_drawn(workflow: AppWorkflow) -> None:
    a, b = tasks(workflow, "ab")
    with workflow.group("g", policy="best_effort"):
        tasks(workflow, "c")
    workflow.task(name="m")(lambda x: None).map(a)
    workflow.task(name="z", always=True, needs=["g"])(lambda: None)
    a >> b
    workflow.loop(a, b, 3)
    text = workflow.graph()
    assert text.splitlines() == [
        "etl", "  a", "  b <- a", "  g (best effort)", "    c", "  m (for each of a) <- a", "  z (always) <- g",
        "  loop a .. b, at most 3 rounds"]
    mermaid = workflow.graph("mermaid")
    assert mermaid.startswith("flowchart TD\n") and "subgraph n2" in mermaid and "n0 --> n1" in mermaid
    dot = workflow.graph("dot")
    assert dot.startswith('digraph "etl" {') and '"a" -> "b";' in dot and dot.endswith("}\n")
    with pytest.raises(ValueError, match="'mermaid', 'dot', 'text'"):
        workflow.graph("png")  # type: ignore[arg-type]
