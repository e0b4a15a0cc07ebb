"""Items: the catalogue that recommendations are made from."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from credence.app.api.access import Tenant
from credence.app.api.bodies import JsonRoute, json_of
from credence.app.api.examples import Example, asked_as, shown_as
from credence.app.api.fields import Id, JsonObject, Label, LongText, NewItemId
from credence.app.api.item_memory import MEMORY, MemoryOut
from credence.app.api.openapi import body_of
from credence.app.api.paging import Cursor, Limit, cursor_at, text_place
from credence.app.api.problems import FieldError, documented
from credence.app.api.rows import Batches
from credence.app.api.serving import App
from credence.app.clock import utc_now
from credence.app.stock import patch_item, put_items
from credence.memory.errors import ItemNotFound
from credence.memory.model import Item
from credence.memory.unit_of_work import unit_of_work

router = APIRouter(prefix="/v1/items", tags=["items"], route_class=JsonRoute)

_EXAMPLE: Example = {
    "title": "The Left Hand of Darkness",
    "description": "An envoy tries to bring a frozen world into a league of planets.",
    "categories": ["science fiction"],
    "creators": ["Ursula K. Le Guin"],
    "attributes": {"year": 1969, "language": "en"},
}
_STORED: Example = {"item_id": "left-hand", **_EXAMPLE}

_NAMED = Path(description="your id of the item", examples=["left-hand"])
ItemId = Annotated[Id, _NAMED]
ItemIdToStore = Annotated[NewItemId, _NAMED]
Labels = Annotated[list[Label], Field(max_length=100)]


class ItemBody(BaseModel):
    """An item without its id."""

    model_config = asked_as(_EXAMPLE)

    title: Label
    description: LongText = ""
    categories: Labels = []
    creators: Labels = []
    attributes: Annotated[JsonObject, Field(description="facts to filter by")] = {}

    def to_domain(self, item_id: str) -> Item:
        return Item(
            item_id=item_id,
            title=self.title,
            description=self.description,
            categories=tuple(self.categories),
            creators=tuple(self.creators),
            attributes=self.attributes,
        )


class ItemRow(ItemBody):
    """An item of a batch."""

    model_config = asked_as(_STORED)

    item_id: NewItemId


class ItemPatch(BaseModel):
    """The fields to change; what is left out stays. A list or object replaces the whole one."""

    model_config = asked_as({"attributes": {"year": 1969}})

    title: Label | SkipJsonSchema[None] = None
    description: LongText | SkipJsonSchema[None] = None
    categories: Labels | SkipJsonSchema[None] = None
    creators: Labels | SkipJsonSchema[None] = None
    attributes: JsonObject | SkipJsonSchema[None] = None

    @model_validator(mode="after")
    def _nothing_is_null(self) -> ItemPatch:
        for name in sorted(self.model_fields_set):
            if getattr(self, name) is None:
                raise PydanticCustomError(
                    "null",
                    "is null",
                    {"field": name, "fix": "leave it out to keep it; to clear it, send it empty"},
                )
        return self


class ItemBatch(BaseModel):
    """Up to 1,000 items; of two with one id the last counts."""

    model_config = asked_as({"items": [_STORED]})

    items: list[ItemRow] = Field(min_length=1, max_length=1_000)


class ItemOut(BaseModel):
    """An item as it is stored."""

    model_config = shown_as(_STORED)

    item_id: str
    title: str
    description: str
    categories: list[str]
    creators: list[str]
    attributes: dict[str, object]

    @classmethod
    def of(cls, item: Item) -> ItemOut:
        return cls(
            item_id=item.item_id,
            title=item.title,
            description=item.description,
            categories=list(item.categories),
            creators=list(item.creators),
            attributes=dict(item.attributes),
        )


class ItemDetail(ItemOut):
    """An item and what people together say of it."""

    model_config = shown_as({**_STORED, "memory": MEMORY})

    memory: Annotated[MemoryOut | None, Field(description="null while too few speak of it")]


class ItemPage(BaseModel):
    """Items in order of id."""

    model_config = shown_as({"items": [_STORED], "next_cursor": "ImxlZnQtaGFuZCI"})

    items: list[ItemOut]
    next_cursor: str | None


class ItemRowOut(BaseModel):
    """What became of one row."""

    index: int
    status: Literal["stored", "rejected"]
    item_id: str | None = None
    errors: list[FieldError] = []


class ItemBatchOut(BaseModel):
    """What became of a batch: a rejected row keeps no other from being stored."""

    model_config = shown_as(
        {
            "created": 1,
            "replaced": 0,
            "rejected": 0,
            "results": [{"index": 0, "status": "stored", "item_id": "left-hand", "errors": []}],
        }
    )

    created: int
    replaced: int
    rejected: int
    results: list[ItemRowOut]


_BATCHES = Batches(ItemRow, field="items", most=1_000)


@router.put(
    "/{item_id:path}",
    summary="Create or replace an item",
    response_model=ItemOut,
    responses={201: {"model": ItemOut, "description": "Created"}, **documented()},
)
async def put_item(
    item_id: ItemIdToStore, body: ItemBody, tenant: Tenant, app: App, response: Response
) -> ItemOut:
    """Store the item and its embedding; 201 if it is new, 200 if it replaces an older one."""
    item = body.to_domain(item_id)
    created = await put_items(tenant, [item], encoder=app.encoder, engine=app.engine, now=utc_now())
    app.shelf.catalogue_changed(tenant)
    response.status_code = 201 if created else 200
    return ItemOut.of(item)


@router.patch(
    "/{item_id:path}",
    summary="Change some fields of an item",
    response_model=ItemOut,
    responses=documented(404, 409),
)
async def change_item(item_id: ItemId, body: ItemPatch, tenant: Tenant, app: App) -> ItemOut:
    """Change what is given and keep the rest; the item is embedded anew."""
    given = body.model_dump(exclude_unset=True)

    def changed(item: Item) -> Item:
        fields = ItemOut.of(item).model_dump(exclude={"item_id"}) | given
        return ItemBody.model_construct(**fields).to_domain(item_id)  # each part was judged before

    patched = await patch_item(
        tenant, item_id, changed, encoder=app.encoder, engine=app.engine, now=utc_now()
    )
    app.shelf.catalogue_changed(tenant)
    return ItemOut.of(patched)


@router.get(
    "/{item_id:path}",
    summary="Read an item",
    response_model=ItemDetail,
    responses=documented(404),
)
async def get_item(item_id: ItemId, tenant: Tenant, app: App) -> ItemDetail:
    """The item as it is stored, and what people say of it, if enough of them do."""
    async with unit_of_work(app.engine) as uow:
        found = await uow.catalogue(tenant).get([item_id])
    if item_id not in found:
        raise ItemNotFound(item_id)
    told = await app.shelf.told(tenant, item_id)
    least = app.settings.least_people
    return ItemDetail(
        **ItemOut.of(found[item_id].item).model_dump(),
        memory=MemoryOut.of(*told, least=least) if told else None,
    )


@router.delete(
    "/{item_id:path}",
    summary="Delete an item",
    status_code=204,
    responses=documented(404),
)
async def delete_item(item_id: ItemId, tenant: Tenant, app: App) -> None:
    """It is recommended no more; events about it stay in people's logs."""
    async with unit_of_work(app.engine) as uow:
        if not await uow.catalogue(tenant).delete([item_id]):
            raise ItemNotFound(item_id)
    app.shelf.catalogue_changed(tenant)


@router.post(
    "",
    summary="Create or replace up to 1,000 items",
    response_model=ItemBatchOut,
    responses={
        207: {"model": ItemBatchOut, "description": "Some rows were rejected"},
        **documented(),
    },
    openapi_extra=body_of(ItemBatch),
)
async def post_items(
    request: Request, tenant: Tenant, app: App, response: Response
) -> ItemBatchOut:
    """Rows are judged one by one; 207 if any was rejected, and the others are stored."""
    rows = _BATCHES.read(await json_of(request))
    good = [row.value.to_domain(row.value.item_id) for row in rows if row.value is not None]
    created = await put_items(tenant, good, encoder=app.encoder, engine=app.engine, now=utc_now())
    app.shelf.catalogue_changed(tenant)
    results = [
        ItemRowOut(index=row.index, status="stored", item_id=row.value.item_id)
        if row.value is not None
        else ItemRowOut(index=row.index, status="rejected", errors=list(row.errors))
        for row in rows
    ]
    rejected = len(rows) - len(good)
    response.status_code = 207 if rejected else 200
    return ItemBatchOut(
        created=created,
        replaced=len({item.item_id for item in good}) - created,
        rejected=rejected,
        results=results,
    )


@router.get("", summary="List items", response_model=ItemPage, responses=documented())
async def list_items(
    tenant: Tenant, app: App, limit: Limit = 50, cursor: Cursor = None
) -> ItemPage:
    """The catalogue in order of id, a page at a time."""
    async with unit_of_work(app.engine) as uow:
        items = await uow.catalogue(tenant).page(after=text_place(cursor), limit=limit + 1)
    more = len(items) > limit
    return ItemPage(
        items=[ItemOut.of(item) for item in items[:limit]],
        next_cursor=cursor_at(items[limit - 1].item_id if more else None),
    )
