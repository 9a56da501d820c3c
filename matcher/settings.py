"""Settings, from the environment (``MATCHER_…``) or a ``.env`` file."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_USUAL_RATE: Final = "3000/minute"


def _rate(value: str) -> str:
    if value not in ("", _USUAL_RATE):  # what reads a rate takes a twelfth of a second to load
        from limits import parse

        try:
            parse(value)
        except ValueError as error:
            raise PydanticCustomError("rate", "give a number of requests in a time, such as 3000/minute") from error
    return value


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _split(value: Any) -> Any:
    return tuple(part.strip().lower() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Level = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)]
Rate = Annotated[str, AfterValidator(_rate)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """What a user may set once for all commands; each has a heading in docs/operations.md."""

    model_config = SettingsConfigDict(env_prefix="MATCHER_", env_file=".env", extra="ignore")

    workspace: Path = Field(default=Path("workspace"), description="Folder with the database and the index snapshots.")
    database_url: str | None = Field(default=None, description="SQLAlchemy URL; SQLite in the workspace when unset.")
    model: str = Field(default="default", description="default, e5-small, or a sentence-transformers name or path.")
    lang: str = Field(default="fr", pattern="^(fr|en)$", description="Language of messages and pages.")
    cache: Path | None = Field(default=None, description="Cache of weights and vectors; per user when unset.")
    log_level: Level = Field(default="WARNING", description="Level of the log on stderr.")
    rate_limit: Rate = Field(default=_USUAL_RATE, description="Requests of one client over HTTP; empty: no limit.")
    hosts: Names = Field(default=(), description="Domain names that the HTTP service is reached by, comma-separated.")
    api_token: SecretStr | None = Field(default=None, description="When set, writes over HTTP need this bearer token.")
