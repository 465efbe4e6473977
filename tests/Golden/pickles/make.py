"""Makes the files of this folder: python3 make.py, with torch (1.13.1 made those here). See README.md."""
import collections
import json

import torch

torch.manual_seed(3)


def numbers(*shape):
    return torch.arange(1, 1 + int(torch.Size(shape).numel())).reshape(shape)


base = numbers(4, 6).float() / 8
plain = collections.OrderedDict(
    float32=numbers(2, 3).float() / 4,
    float64=numbers(3).double() / 3,
    float16=(numbers(5).half() - 3) / 4,
    bfloat16=(numbers(2, 2).bfloat16() - 2) / 2,
    int64=numbers(2) * -5_000_000_000,
    int32=numbers(2).int() - 2,
    int16=numbers(2).short() - 300,
    int8=numbers(2).char() - 2,
    uint8=numbers(2).byte() + 250,
    bool=torch.tensor([True, False, True]),
    scalar=torch.tensor(2.5),
    empty=torch.zeros(3, 0, 2),
    transposed=base.t(),
    steps=base[1:4:2, 1::2],
    tied=base,
    tail=base[3],
    parameter=torch.nn.Parameter(numbers(3).float()),
)
module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
nested = {"epoch": 3, "loss": 0.25, "name": "run", "best": None, "optimizer": {"state": {0: {"step": torch.tensor(7.0)}}, "lr": [1e-3]},
          "size": torch.Size([2, 3]), "dtype": torch.float16, "big": 1 << 80, "state_dict": module.state_dict()}


def values(state):
    return {name: {"dtype": str(value.dtype)[6:], "shape": list(value.shape), "values": value.flatten().tolist()} for name, value in state.items()}


for name, content, state in [("plain", plain, plain), ("module", module.state_dict(), module.state_dict()), ("nested", nested, nested["state_dict"])]:
    torch.save(content, f"{name}.zip.bin")
    torch.save(content, f"{name}.legacy.bin", _use_new_zipfile_serialization=False)
    with open(f"{name}.json", "w") as file:
        json.dump(values(state), file, indent=1)
        file.write("\n")
torch.save(plain, "protocol4.zip.bin", pickle_protocol=4)
torch.save(plain, "protocol4.legacy.bin", pickle_protocol=4, _use_new_zipfile_serialization=False)
