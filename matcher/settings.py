"""Settings, from the environment (``MATCHER_…``) or a ``.env`` file."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What a user may set once for all commands; each has a heading in docs/operations.md."""

    model_config = SettingsConfigDict(env_prefix="MATCHER_", env_file=".env", extra="ignore")

    workspace: Path = Field(default=Path("workspace"), description="Folder with the database and the index snapshots.")
    database_url: str | None = Field(default=None, description="SQLAlchemy URL; SQLite in the workspace when unset.")
    model: str = Field(default="default", description="default, e5-small, or a sentence-transformers name or path.")
    lang: str = Field(default="fr", pattern="^(fr|en)$", description="Language of messages and pages.")
    cache: Path | None = Field(default=None, description="Cache of weights and vectors; per user when unset.")
    log_level: str = Field(default="WARNING", description="Level of the log on stderr.")
    rate_limit: str = Field(default="3000/minute", description="Requests of one client over HTTP; empty: no limit.")
    api_token: SecretStr | None = Field(default=None, description="When set, writes over HTTP need this bearer token.")
