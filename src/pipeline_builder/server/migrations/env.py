"""How Alembic reaches the database: as whoever owns the tables. The steps are SQL."""

from alembic import context
from sqlalchemy import create_engine, pool, text

_LOCK = 7239158203
"""Any number that nobody else uses: two processes that start at once migrate one after the other."""

url = context.config.attributes["url"].replace("postgresql://", "postgresql+psycopg://", 1)
engine = create_engine(url, poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": _LOCK})
    connection.commit()
    context.configure(connection=connection, target_metadata=None, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
