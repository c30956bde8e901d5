"""A simulated document camera in a process of its own: ``python -m benchmarks.camera`` prints its port."""

from __future__ import annotations

import asyncio

from drivers.document_camera.uvc.simulator import SIZES, SimulatedCamera, scene

READ = 1 << 16
GRAIN = 5
"""A page at full size is then as many bytes as a camera's."""


async def _serve() -> None:
    for size in (SIZES[0], SIZES[-1]):
        scene(size, "form", 1, False, GRAIN)  # drawn once, before anybody measures

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        camera = SimulatedCamera()
        camera.frozen, camera.grain = 1, GRAIN
        camera.connect(writer.write)
        try:
            while data := await reader.read(READ):
                camera.receive(data)
        finally:
            camera.disconnect()
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
