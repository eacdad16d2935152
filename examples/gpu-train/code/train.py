"""Fits a polynomial to the sine function on the GPU: train.py RATE EPOCHS MODEL"""

import json
import sys

import torch


def train(rate: float, epochs: int) -> dict:
    if not torch.cuda.is_available():
        sys.exit('train: the step has no GPU; map it to a worker with "gpu: true"')
    device = torch.device('cuda')
    torch.manual_seed(1)
    x = torch.linspace(-3.0, 3.0, 100_000, device=device)
    powers = torch.stack([x**power for power in range(4)], dim=1)
    weights = torch.zeros(4, device=device, requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=rate)
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = torch.mean((powers @ weights - torch.sin(x)) ** 2)
        loss.backward()
        optimizer.step()
    return {'weights': weights.tolist(), 'device': torch.cuda.get_device_name(device)}


if __name__ == '__main__':
    rate, epochs, path = sys.argv[1:]
    model = train(float(rate), int(epochs))
    with open(path, 'w') as file:
        json.dump(model, file)
    print('trained on', model['device'])
