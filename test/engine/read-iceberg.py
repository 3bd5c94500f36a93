"""Reads a table of Iceberg with two readers that share nothing with Trino, and prints what each finds, as JSON.

Arguments: the path of the table's newest metadata, and the folder that the server calls local:///.
"""

import json
import sys
from importlib.resources import files

import duckdb
import duckdb_extension_avro
import duckdb_extension_iceberg
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.table import StaticTable

metadata, root = sys.argv[1:]


class LocalFileIO(PyArrowFileIO):
    """Finds the files of a server whose storage is a folder of this machine."""

    def new_input(self, location: str):
        return super().new_input(location.replace("local:///", f"{root}/"))


table = StaticTable.from_metadata(metadata, {"py-io-impl": "__main__.LocalFileIO"})
rows = table.scan().to_arrow()
answers = {}
connection = duckdb.connect()
answers["pyiceberg"] = connection.sql(
    'select count(*), sum(line), sum(object_id), epoch_us(max("time")) from rows'
).fetchone()

# The extensions come as packages, because their own server may be out of reach.
for package in (duckdb_extension_avro, duckdb_extension_iceberg):
    name = package.__name__.removeprefix("duckdb_extension_")
    path = files(package) / f"extensions/v{duckdb.__version__}/{name}.duckdb_extension"
    connection.execute(f"load '{path}'")
folder, file = metadata.rsplit("/metadata/", 1)
version = file.removesuffix(".metadata.json")
answers["duckdb"] = connection.execute(
    f"""select count(*), sum(line), sum(object_id), epoch_us(max("time"))
    from iceberg_scan('{folder}', allow_moved_paths = true, version = '{version}')"""
).fetchone()
print(json.dumps({reader: [int(value) for value in answer] for reader, answer in answers.items()}))
