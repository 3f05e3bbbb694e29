import { type Car, carsOf } from "@/lib/cars";
import { signedInUser } from "@/lib/session";
import { linkCar, signIn } from "./actions";

export default async function Page() {
  const hostUserId = await signedInUser();
  if (hostUserId === undefined) {
    return (
      <form action={signIn}>
        <label>
          Name <input name="name" required />
        </label>
        <button type="submit">Sign in</button>
      </form>
    );
  }
  const cars = await carsOf(hostUserId);
  return (
    <main>
      <h1>{`Cars of ${hostUserId}`}</h1>
      <ul>
        {cars.map((car) => (
          <li key={car.id}>{describe(car)}</li>
        ))}
      </ul>
      <form action={linkCar}>
        <button type="submit">Link a car</button>
      </form>
    </main>
  );
}

function describe({ name, batteryLevel, isCharging }: Car): string {
  const level = batteryLevel === null ? "level unknown" : `${Math.round(batteryLevel)} %`;
  return `${name}: ${level}${isCharging ? ", charging" : ""}`;
}
