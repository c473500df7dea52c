"""WeChat under ``/wechat``: ``open.weixin.qq.com``, ``api.weixin.qq.com`` and the phone (channels.md 9)."""

from flask import Blueprint

from adapters.sandbox import wechat_face, wechat_people, wechat_sns
from adapters.sandbox.house import House
from adapters.sandbox.wechat_state import Wechat


def blueprint(house: House) -> Blueprint:
    """Everything of WeChat; one state."""
    wechat = Blueprint("wechat", __name__, url_prefix="/wechat")
    state = Wechat(house)
    wechat_sns.mount(wechat, house, state)
    wechat_face.mount(wechat, house, state)
    wechat_people.mount(wechat, house, state)
    return wechat
