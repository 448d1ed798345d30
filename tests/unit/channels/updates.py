"""Updates in Telegram's shapes, of invented people."""

PERSON: dict[str, object] = {"id": 4242, "is_bot": False, "first_name": "Ana", "language_code": "es"}
CHAT: dict[str, object] = {"id": 4242, "type": "private", "first_name": "Ana"}
AT = 1780336800  # 2026-06-01T18:00:00Z


def an_update(**kind: object) -> dict[str, object]:
    return {"update_id": 900, **kind}


def a_message(**parts: object) -> dict[str, object]:
    return {"message_id": 7, "date": AT, "chat": CHAT, "from": PERSON, **parts}


def a_membership(status: str) -> dict[str, object]:
    bot = {"id": 42, "is_bot": True, "first_name": "Court"}
    return {
        "chat": CHAT,
        "from": PERSON,
        "date": AT,
        "old_chat_member": {"user": bot, "status": "member"},
        "new_chat_member": {"user": bot, "status": status, "until_date": 0},
    }
