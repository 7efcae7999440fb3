"""Every address of the staff side: the admin's own by model, and ours by name."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

STANDARD = ("changelist", "add", "history", "delete", "change")


def models() -> list[str]:
    """The models with pages, like "accounts_account"."""
    return sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry)


def acts() -> dict[str, tuple[str, ...]]:
    """Our own addresses by name, each with the names of what it takes."""
    standard = {f"{model}_{name}" for model in models() for name in STANDARD}
    found: dict[str, tuple[str, ...]] = {}
    top = next(one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "admin")
    todo: list[tuple[URLPattern | URLResolver, tuple[str, ...]]] = [(top, ())]
    while todo:
        one, keys = todo.pop()
        keys = (*keys, *one.pattern.converters)
        if isinstance(one, URLResolver):
            todo += [(inner, keys) for inner in one.url_patterns]
        elif one.name and one.name not in standard:
            found[one.name] = keys
    return found
