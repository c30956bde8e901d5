"""What `kioskd demo` says on the terminal, by language."""

from __future__ import annotations

TEXTS = {
    "zh": {
        "data": "数据目录：{data}",
        "settings": "读取大厅设置……",
        "devices": "接上模拟设备……",
        "hub": "启动大厅主机……",
        "staff": "柜员签到……",
        "open": "用浏览器打开 {url} 看虚拟大厅；按 Ctrl-C 结束",
        "headless": "没有页面；接口说明 {url}api/v1/openapi.json，令牌在 {tokens}；按 Ctrl-C 结束",
        "end": "大厅已停止，数据保留在 {data}",
        "settings_bad": "大厅设置有误：",
        "busy": "进程 {pid} 正在使用数据目录 {data}。请先结束它，或用 --data 指定别的目录。",
        "port": "端口 {port} 不能使用：{detail}。请用 --port 指定别的端口，--port 0 为任意空闲端口。",
        "folder": "数据目录不能使用：{detail}。请用 --data 指定别的目录。",
        "speed": "--speed 须大于 0，不超过 {fastest:g}。",
        "real_in_haste": "接真实设备时不能加快时间：请去掉 --speed，或去掉 {devices} 的地址。",
        "address": "设备地址有误：{detail}",
        "unknown": "演示大厅没有这台设备：{detail}",
        "died": "演示出错，已停止。",
    },
    "en": {
        "data": "data folder: {data}",
        "settings": "reading the hall's settings…",
        "devices": "plugging in the simulated devices…",
        "hub": "starting the hall's hub…",
        "staff": "signing the tellers in…",
        "open": "open {url} in a browser to see the virtual hall; Ctrl-C ends it",
        "headless": "no page; the API is at {url}api/v1/openapi.json, tokens are in {tokens}; Ctrl-C ends it",
        "end": "the hall has stopped, its data stays in {data}",
        "settings_bad": "the hall's settings have mistakes:",
        "busy": "process {pid} is using the data folder {data}. End it, or name another with --data.",
        "port": "port {port} cannot be used: {detail}. Name another with --port (0: any free one).",
        "folder": "the data folder cannot be used: {detail}. Name another with --data.",
        "speed": "--speed must be more than 0 and at most {fastest:g}.",
        "real_in_haste": "no faster time with a real device: leave out --speed, or the address of {devices}.",
        "address": "a device's address is wrong: {detail}",
        "unknown": "the demo hall has no such device: {detail}",
        "died": "the demo failed and has stopped.",
    },
}
